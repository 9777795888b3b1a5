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

    /// @dev q stands for 0 to a careless reader; each of these points has one coordinate 0.
    function testZeroHasOneEncodingInEachCoordinate() public pure {
        uint256[4][4] memory points = [
            [
                uint256(0),
                1,
                5912654199736721486680175016176231956195085055698687135131307249486702594212,
                18278151005453108793778860132295291098363647455926340152056652516292830556603
            ],
            [
                uint256(1),
                0,
                3499505209057624827709920819629410982529044040404494099368353913743455207650,
                5857410223677516958241855868975604786906559121396168184066542210254491971240
            ],
            [
                uint256(2),
                10726979500095104273633763786272600523422316717497912982691557878131998272362,
                0,
                14911805807705399137500976615725988058022913507491381126276217214119822868179
            ],
            [
                uint256(2),
                11161263371744170948612641958984674565273994439799910679997480016513227936221,
                18127337043531875153454218246218864057855276167243230465787263263660018995022,
                0
            ]
        ];
        for (uint256 word = 0; word < 4; ++word) {
            uint256[4] memory p = points[word];
            assertTrue(p[word] == 0 && onTwist(p), "point");
            p[word] = BN254_Q;
            assertTrue(!onTwist(p), "q for 0");
        }
    }

    function testFuzzNothingElseIsInG1(uint256 x, uint256 y) public pure {
        bool expected = x < BN254_Q && y < BN254_Q
            && mulmod(y, y, BN254_Q)
                == addmod(mulmod(mulmod(x, x, BN254_Q), x, BN254_Q), 3, BN254_Q);
        assertTrue(Bn254.isG1(x, y) == expected, "equation");
    }
}
