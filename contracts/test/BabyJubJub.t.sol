// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {BabyJubJub} from "../src/libraries/BabyJubJub.sol";
import {BN254_R} from "../src/libraries/Bn254.sol";
import {ElGamal} from "./support/ElGamal.sol";

/// @dev The library against sums that Python computed (support/gadgets/babyjub_sums.py).
contract BabyJubJubTest is ElGamal {
    uint256 private lowOrder;
    ICreditLedger.Point[] private points;
    ICreditLedger.Point[] private sums;

    function setUp() public {
        string memory json = vm.readFile("test/fixtures/babyjub_sums.json");
        lowOrder = vm.parseJsonUint(json, ".lowOrder");
        load(points, vm.parseJsonBytes(json, ".points"));
        load(sums, vm.parseJsonBytes(json, ".sums"));
        assertEq(sums.length, points.length ** 2, "table");
    }

    function load(ICreditLedger.Point[] storage list, bytes memory data) private {
        for (uint256 i = 32; i < data.length + 32; i += 64) {
            uint256 x;
            uint256 y;
            assembly ("memory-safe") {
                x := mload(add(data, i))
                y := mload(add(data, add(i, 32)))
            }
            list.push(ICreditLedger.Point(x, y));
        }
    }

    function same(ICreditLedger.Point memory claimed, uint256 x, uint256 y, uint256 z)
        private
        pure
        returns (bool)
    {
        return BabyJubJub.areEqual(x, y, z, claimed.x, claimed.y, 1);
    }

    function summed(ICreditLedger.Point memory p, ICreditLedger.Point memory q)
        private
        pure
        returns (uint256, uint256, uint256)
    {
        BabyJubJub.Sum memory sum = BabyJubJub.nothing();
        BabyJubJub.add(sum, p.x, p.y);
        BabyJubJub.add(sum, q.x, q.y);
        return (sum.x, sum.y, sum.z);
    }

    function testSumsAreThoseOfTheReference() public view {
        for (uint256 i = 0; i < points.length; ++i) {
            for (uint256 j = 0; j < points.length; ++j) {
                (ICreditLedger.Point memory p, ICreditLedger.Point memory q) =
                    (points[i], points[j]);
                (uint256 x, uint256 y, uint256 z) = summed(p, q);
                assertTrue(z != 0, "no exceptional case");
                for (uint256 k = 0; k < points.length; ++k) {
                    ICreditLedger.Point memory other = sums[i * points.length + k];
                    bool equal = other.x == sums[i * points.length + j].x
                        && other.y == sums[i * points.length + j].y;
                    assertTrue(same(other, x, y, z) == equal, "sum");
                }
            }
        }
    }

    function testExactlyTheEightPointsAreOfLowOrder() public view {
        assertEq(lowOrder, 8, "table");
        for (uint256 i = 0; i < points.length; ++i) {
            assertTrue(BabyJubJub.isOnCurve(points[i].x, points[i].y), "on curve");
            bool low = BabyJubJub.isLowOrder(points[i].x, points[i].y);
            assertTrue(low == (i < lowOrder), "low order");
        }
    }

    function testOtherEncodingsAndNeighboursAreOffTheCurve() public view {
        for (uint256 i = 0; i < points.length; ++i) {
            ICreditLedger.Point memory p = points[i];
            assertTrue(!BabyJubJub.isOnCurve(p.x + BN254_R, p.y), "x + r");
            assertTrue(!BabyJubJub.isOnCurve(p.x, p.y + BN254_R), "y + r");
            assertTrue(!BabyJubJub.isOnCurve(p.x ^ 1, p.y), "next x");
            assertTrue(!BabyJubJub.isOnCurve(p.x, p.y ^ 1), "next y");
        }
        assertTrue(!BabyJubJub.isOnCurve(0, 0), "zero");
        assertTrue(!BabyJubJub.isOnCurve(type(uint256).max, type(uint256).max), "maximum");
    }

    function testFuzzSumsAreThoseOfTheDefinition(uint64 a, uint64 b, bool twisted) public view {
        ICreditLedger.Point memory p = times(a, base8());
        ICreditLedger.Point memory q = times(b, base8());
        if (twisted) q = added(q, points[b % lowOrder]);
        (uint256 x, uint256 y, uint256 z) = summed(p, q);
        assertTrue(same(added(p, q), x, y, z), "sum");
        assertTrue(!same(added(p, added(q, base8())), x, y, z), "another point");
    }

    /// @dev In a call of its own, so that it can be expected to revert.
    function affine() external view returns (uint256 px, uint256 py, uint256 qx, uint256 qy) {
        return BabyJubJub.toAffine(BabyJubJub.nothing(), BabyJubJub.nothing());
    }

    function testAnInversionThatFailsIsRefused() public {
        (, uint256 y,,) = this.affine();
        assertEq(y, 1, "the identity");
        vm.mockCallRevert(address(5), "", abi.encode(1));
        vm.expectRevert(BabyJubJub.InversionFailed.selector);
        this.affine();
        vm.mockCallRevert(address(5), "", "");
        vm.expectRevert(BabyJubJub.InversionFailed.selector);
        this.affine();
        vm.clearMockedCalls();
        bytes[3] memory answers = [bytes(""), new bytes(31), new bytes(33)];
        for (uint256 i = 0; i < answers.length; ++i) {
            vm.mockCall(address(5), "", answers[i]);
            vm.expectRevert(BabyJubJub.InversionFailed.selector);
            this.affine();
        }
    }

    /// @dev Adding to a sum that is not affine any more, and taking two sums back at once.
    function testFuzzLongSumsAreThoseOfTheDefinition(uint64 a, uint8 count) public view {
        BabyJubJub.Sum memory sum = BabyJubJub.nothing();
        BabyJubJub.Sum memory other = BabyJubJub.nothing();
        ICreditLedger.Point memory expected = identity();
        for (uint256 i = 0; i < count % 8; ++i) {
            ICreditLedger.Point memory p = points[(uint256(a) >> (4 * i)) % points.length];
            BabyJubJub.add(sum, p.x, p.y);
            expected = added(expected, p);
        }
        BabyJubJub.add(other, points[a % points.length].x, points[a % points.length].y);
        assertTrue(sum.z != 0, "no exceptional case");
        (uint256 x, uint256 y, uint256 u, uint256 v) = BabyJubJub.toAffine(sum, other);
        assertSame(ICreditLedger.Ciphertext(ICreditLedger.Point(x, y), points[a % points.length]),
            ICreditLedger.Ciphertext(expected, ICreditLedger.Point(u, v)), "sums");
    }
}
