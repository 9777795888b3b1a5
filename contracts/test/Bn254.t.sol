// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BN254_Q, Bn254} from "../src/libraries/Bn254.sol";
import {ToyProver} from "./support/ToyProver.sol";

/// @dev Membership in both groups against points of the toy setup, and near misses.
contract Bn254Test is ToyProver {
    uint256 private constant B0 =
        19485874751759354771024239261021720505790618469301721065564631296452457478373;
    uint256 private constant B1 =
        266929791119991161246907387137283842545076965332900288569378510910307636690;
    uint256 private constant HALF = (BN254_Q + 1) / 2;

    function setUp() public {
        loadToySetup();
    }

    function onTwist(uint256[4] memory p) private pure returns (bool) {
        return Bn254.isOnTwist(p[0], p[1], p[2], p[3]);
    }

    function pointOf(string memory name) private view returns (uint256[4] memory) {
        return abi.decode(g2(name), (uint256[4]));
    }

    function testMultiplesOfTheGeneratorAreInG1() public view {
        for (uint256 k = 1; k < 20; ++k) {
            (uint256 x, uint256 y) = abi.decode(g1(k), (uint256, uint256));
            assertTrue(Bn254.isG1(x, y) && Bn254.isG1(x, BN254_Q - y), "point");
            assertTrue(!Bn254.isG1(x + BN254_Q, y) && !Bn254.isG1(x, y + BN254_Q), "canonical");
            assertTrue(!Bn254.isG1(x, y ^ 1) && !Bn254.isG1(x ^ 1, y), "off the curve");
            assertTrue(!Bn254.isG1(y, x), "swapped");
        }
        assertTrue(!Bn254.isG1(0, 0) && !Bn254.isG1(BN254_Q, BN254_Q), "infinity");
    }

    function testPointsOfTheTwist() public view {
        string[5] memory names = ["generator", "beta", "gamma", "delta", "offSubgroup"];
        for (uint256 i = 0; i < names.length; ++i) {
            uint256[4] memory p = pointOf(names[i]);
            assertTrue(onTwist(p), names[i]);
            for (uint256 word = 0; word < 4; ++word) {
                uint256 kept = p[word];
                p[word] = kept + BN254_Q;
                assertTrue(!onTwist(p), "canonical");
                p[word] = addmod(kept, 1, BN254_Q);
                assertTrue(!onTwist(p), "off the twist");
                p[word] = kept;
            }
        }
    }

    /// @dev Points whose equation holds in one of its two coordinates: y^2 - b' is 1 or u.
    function testHalfOfTheEquationIsNotEnough() public pure {
        // y = (1 + B0) / 2 + (1 - B0) / 2 u, so the first coordinate of y^2 is B0
        uint256 y0 = mulmod(addmod(1, B0, BN254_Q), HALF, BN254_Q);
        uint256 y1 = mulmod(addmod(1, BN254_Q - B0, BN254_Q), HALF, BN254_Q);
        assertTrue(!Bn254.isOnTwist(0, 0, y1, y0), "first");
        // y = 1 + B1 / 2 u, so the second coordinate of y^2 is B1
        assertTrue(!Bn254.isOnTwist(0, 0, mulmod(B1, HALF, BN254_Q), 1), "second");
    }

    function testFuzzNothingElseIsInG1(uint256 x, uint256 y) public pure {
        bool expected = x < BN254_Q && y < BN254_Q
            && mulmod(y, y, BN254_Q)
                == addmod(mulmod(mulmod(x, x, BN254_Q), x, BN254_Q), 3, BN254_Q);
        assertTrue(Bn254.isG1(x, y) == expected, "equation");
    }
}
