// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {BabyJubJub} from "../src/libraries/BabyJubJub.sol";
import {BN254_R} from "../src/libraries/Bn254.sol";
import {LedgerFixture} from "./support/LedgerFixture.sol";

/// @dev The library against sums that Python computed (support/gadgets/babyjub_sums.py), and each
///      point of the ledger's arguments in its bad forms.
contract BabyJubJubTest is LedgerFixture {
    uint256 private lowOrder;
    ICreditLedger.Point[] private points;
    ICreditLedger.Point[] private sums;

    function setUp() public {
        string memory json = vm.readFile("test/fixtures/babyjub_sums.json");
        lowOrder = vm.parseJsonUint(json, ".lowOrder");
        load(points, vm.parseJsonBytes(json, ".points"));
        load(sums, vm.parseJsonBytes(json, ".sums"));
        assertEq(sums.length, points.length ** 2, "table");
        deployLedger();
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

    function testSumsAreThoseOfTheReference() public view {
        for (uint256 i = 0; i < points.length; ++i) {
            for (uint256 j = 0; j < points.length; ++j) {
                (ICreditLedger.Point memory p, ICreditLedger.Point memory q) =
                    (points[i], points[j]);
                (uint256 x, uint256 y, uint256 z) = BabyJubJub.sum(p.x, p.y, q.x, q.y);
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
        (uint256 x, uint256 y, uint256 z) = BabyJubJub.sum(p.x, p.y, q.x, q.y);
        assertTrue(same(added(p, q), x, y, z), "sum");
        assertTrue(!same(added(p, added(q, base8())), x, y, z), "another point");
    }

    // --- the ledger's arguments -----------------------------------------------------------------

    function refuse(
        ICreditLedger.Point memory key,
        ICreditLedger.Ciphertext memory entry,
        ICreditLedger.Ciphertext memory sum,
        bytes4 expected
    ) private {
        vm.prank(BANK);
        (bool ok, bytes memory answer) = address(ledger).call(
            abi.encodeCall(ICreditLedger.addEntry, (key, entry, emptyOpening(), sum, ENVELOPE))
        );
        assertReverted(ok, answer, abi.encodeWithSelector(expected));
    }

    function testKeysOfLowOrderAndOffTheCurveAreRefused() public {
        ICreditLedger.Ciphertext memory entry = encrypted(base8(), 1, 2);
        for (uint256 i = 0; i < points.length; ++i) {
            ICreditLedger.Point memory p = points[i];
            bytes4 expected = ICreditLedger.KeyInvalid.selector;
            if (i < lowOrder) refuse(p, entry, entry, expected);
            refuse(ICreditLedger.Point(p.x + BN254_R, p.y), entry, entry, expected);
            refuse(ICreditLedger.Point(p.x, p.y ^ 1), entry, entry, expected);
        }
    }

    /// @dev Zero randomness: C2 would be the amounts in clear.
    function testEntriesWithoutBlindingAreRefused() public {
        ICreditLedger.Point memory key = keyOf(SECRET);
        ICreditLedger.Ciphertext memory entry = encrypted(key, 5, 0);
        refuse(key, entry, entry, ICreditLedger.EntryUnblinded.selector);
        for (uint256 i = 0; i < lowOrder; ++i) {
            entry.c1 = points[i];
            refuse(key, entry, entry, ICreditLedger.EntryUnblinded.selector);
        }
    }

    function testEntriesOffTheCurveAreRefused() public {
        ICreditLedger.Point memory key = keyOf(SECRET);
        ICreditLedger.Ciphertext memory good = encrypted(key, 5, 6);
        for (uint256 word = 0; word < 4; ++word) {
            for (uint256 way = 0; way < 2; ++way) {
                uint256[4] memory w = [good.c1.x, good.c1.y, good.c2.x, good.c2.y];
                w[word] = way == 0 ? w[word] ^ 1 : w[word] + BN254_R;
                ICreditLedger.Ciphertext memory bad = ICreditLedger.Ciphertext(
                    ICreditLedger.Point(w[0], w[1]), ICreditLedger.Point(w[2], w[3])
                );
                refuse(key, bad, good, ICreditLedger.EntryInvalid.selector);
                refuse(key, good, bad, ICreditLedger.SumInvalid.selector);
            }
        }
    }

    /// @dev An issuer that chooses its C1 so that the total's is the identity locks the account.
    function testATotalWithoutBlindingIsRefused() public {
        ICreditLedger.Point memory key = keyOf(SECRET);
        ICreditLedger.Ciphertext memory first = encrypted(key, 5, 6);
        enter(EMPLOYER, key, first);
        for (uint256 i = 0; i < lowOrder; ++i) {
            ICreditLedger.Ciphertext memory bad = encrypted(key, 1, 9);
            bad.c1 = added(negated(first.c1), points[i]);
            (bool ok, bytes memory answer) = tryToEnter(BANK, key, bad);
            assertReverted(
                ok, answer, abi.encodeWithSelector(ICreditLedger.SumUnblinded.selector)
            );
        }
    }

    /// @dev What the contract leaves to the statement: an entry with a torsion part is added, the
    ///      total then has no proof, and the issuer can put it right.
    function testATorsionPartGoesWithItsEntry() public {
        ICreditLedger.Point memory key = keyOf(SECRET);
        ICreditLedger.Ciphertext memory good = encrypted(key, 5, 6);
        ICreditLedger.Ciphertext memory twisted = encrypted(key, 1, 9);
        twisted.c1 = added(twisted.c1, points[1]);
        enter(EMPLOYER, key, good);
        enter(BANK, key, twisted);
        enter(BANK, key, encrypted(key, 1, 10));
        nextEpoch();
        snapshot(key);
        assertSame(inEffect(ledger.accountOf(key)), encrypted(key, 6, 16), "total");
    }

    function testFuzzEntriesAddUp(uint40 a, uint40 b, uint64 j, uint64 k, uint40 c) public {
        ICreditLedger.Point memory key = keyOf(uint256(j) + 3);
        uint256 r = uint256(k) + 1;
        enter(EMPLOYER, key, encrypted(key, a, r));
        enter(BANK, key, encrypted(key, uint256(b) << 48, r + 1));
        enter(EMPLOYER, key, encrypted(key, c, r + 7));
        nextEpoch();
        snapshot(key);
        assertSame(
            inEffect(ledger.accountOf(key)),
            encrypted(key, c + (uint256(b) << 48), 2 * r + 8),
            "total"
        );
    }
}
