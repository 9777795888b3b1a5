// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Groth16Verifier} from "../src/Groth16Verifier.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {BN254_Q} from "../src/libraries/Bn254.sol";
import {DataContract} from "../src/libraries/DataContract.sol";
import {ToyProver} from "./support/ToyProver.sol";

/// @dev Keys that the constructor refuses. Veil Cash, FOOM Cash and Zeto deployed gamma = delta.
contract Groth16VerifierKeyTest is ToyProver {
    bytes private key;

    function setUp() public {
        loadToySetup();
        key = toyKey(2);
    }

    function refuse(bytes memory bad, bytes memory expected) private {
        try new Groth16Verifier{salt: keccak256(bad)}(bad) {
            assertTrue(false, "key accepted");
        } catch (bytes memory answer) {
            assertReverted(false, answer, expected);
        }
    }

    function forgeable() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IGroth16Verifier.KeyForgeable.selector);
    }

    function pointInvalid(uint256 word) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IGroth16Verifier.KeyPointInvalid.selector, word);
    }

    function testGammaEqualToDeltaIsRefused() public {
        refuse(keyOf(2, g2("beta"), g2("delta"), g2("delta")), forgeable());
    }

    function testGammaOppositeToDeltaIsRefused() public {
        refuse(keyOf(2, g2("beta"), negateG2(g2("delta")), g2("delta")), forgeable());
    }

    function testDeltaEqualToTheGeneratorIsRefused() public {
        refuse(keyOf(2, g2("beta"), g2("gamma"), g2("generator")), forgeable());
        refuse(keyOf(2, g2("beta"), g2("gamma"), negateG2(g2("generator"))), forgeable());
    }

    function testBetaEqualOrOppositeToGammaOrDeltaIsRefused() public {
        refuse(keyOf(2, g2("gamma"), g2("gamma"), g2("delta")), forgeable());
        refuse(keyOf(2, negateG2(g2("gamma")), g2("gamma"), g2("delta")), forgeable());
        refuse(keyOf(2, g2("delta"), g2("gamma"), g2("delta")), forgeable());
        refuse(keyOf(2, negateG2(g2("delta")), g2("gamma"), g2("delta")), forgeable());
    }

    function testAlphaOrBetaEqualToTheGeneratorIsRefused() public {
        bytes memory generator = abi.encode(uint256(1), uint256(2));
        refuse(withPoint(key, 0, generator), forgeable());
        refuse(withPoint(key, 0, negateG1(generator)), forgeable());
        refuse(keyOf(2, g2("generator"), g2("gamma"), g2("delta")), forgeable());
        refuse(keyOf(2, negateG2(g2("generator")), g2("gamma"), g2("delta")), forgeable());
    }

    /// @dev Else (x_i, x_j) and (x_j, x_i), or (x_i + t, x_j + t), would have the same proofs.
    function testEqualOrOppositeInputPointsAreRefused() public {
        bytes memory four = toyKey(4);
        for (uint256 i = 0; i < 5; ++i) {
            for (uint256 j = i + 1; j < 5; ++j) {
                bytes memory expected = abi.encodeWithSelector(
                    IGroth16Verifier.KeyInputsDependent.selector, i, j
                );
                bytes memory same = g1(ic(i));
                refuse(withPoint(four, 14 + 2 * j, same), expected);
                refuse(withPoint(four, 14 + 2 * j, negateG1(same)), expected);
            }
        }
        new Groth16Verifier(four);
    }

    function testTheLongestKeyFitsIntoATransaction() public {
        bytes memory longest = toyKey(375);
        assertEq(longest.length, 24_512, "length");
        uint256 gas = gasleft();
        Groth16Verifier verifier = new Groth16Verifier(longest);
        gas = gas - gasleft() + 21_000
            + 16 * (type(Groth16Verifier).creationCode.length + longest.length + 64);
        assertLe(gas, 1 << 24, "EIP-7825");
        assertEq(verifier.inputCount(), 375, "inputs");
        assertEq(keccak256(verifier.verificationKey()), keccak256(longest), "key");
        refuse(
            toyKey(376), abi.encodeWithSelector(DataContract.DataTooLong.selector, uint256(24_576))
        );
    }

    function withPoint(bytes memory data, uint256 word, bytes memory point)
        private
        pure
        returns (bytes memory)
    {
        return withWord(withWord(data, word, wordOf(point, 0)), word + 1, wordOf(point, 1));
    }

    function negateG1(bytes memory point) private pure returns (bytes memory) {
        (uint256 x, uint256 y) = abi.decode(point, (uint256, uint256));
        return abi.encode(x, BN254_Q - y);
    }

    function testGammaEqualToTheGeneratorIsAccepted() public {
        new Groth16Verifier(keyOf(2, g2("beta"), g2("generator"), g2("delta")));
    }

    function testLengthsThatFitNoKeyAreRefused() public {
        uint256[6] memory lengths = [uint256(0), 32, 448, 512, key.length - 1, key.length - 32];
        for (uint256 i = 0; i < lengths.length; ++i) {
            refuse(
                slice(lengths[i]),
                abi.encodeWithSelector(IGroth16Verifier.KeyLengthInvalid.selector, lengths[i])
            );
        }
        refuse(
            bytes.concat(key, hex"00"),
            abi.encodeWithSelector(IGroth16Verifier.KeyLengthInvalid.selector, key.length + 1)
        );
    }

    function slice(uint256 length) private view returns (bytes memory part) {
        part = key;
        assembly ("memory-safe") {
            mstore(part, length)
        }
    }

    function testEachPointAtInfinityIsRefused() public {
        uint256[7] memory starts = [uint256(0), 2, 6, 10, 14, 16, 18];
        for (uint256 i = 0; i < starts.length; ++i) {
            bytes memory bad = key;
            uint256 words = i == 0 || i > 3 ? 2 : 4;
            for (uint256 k = 0; k < words; ++k) {
                bad = withWord(bad, starts[i] + k, 0);
            }
            refuse(bad, pointInvalid(starts[i]));
        }
    }

    function testAPointFarBehindIsNamedByItsWord() public {
        bytes memory twelve = toyKey(12);
        for (uint256 j = 9; j <= 12; ++j) {
            refuse(withPoint(twelve, 14 + 2 * j, abi.encode(1, 1)), pointInvalid(14 + 2 * j));
        }
    }

    function testEachNonCanonicalOrOffCurveCoordinateIsRefused() public {
        for (uint256 word = 0; word < key.length / 32; ++word) {
            uint256 start = word < 2 || word > 13 ? word / 2 * 2 : (word - 2) / 4 * 4 + 2;
            uint256 value = wordOf(key, word);
            unchecked {
                refuse(withWord(key, word, value + BN254_Q), pointInvalid(start));
            }
            refuse(withWord(key, word, addmod(value, 1, BN254_Q)), pointInvalid(start));
        }
    }

    function testPointsOffTheSubgroupAreRefused() public {
        bytes memory off = g2("offSubgroup");
        this.deployWithLessGas(keyOf(2, off, g2("gamma"), g2("delta")));
        this.deployWithLessGas(keyOf(2, g2("beta"), off, g2("delta")));
        this.deployWithLessGas(keyOf(2, g2("beta"), g2("gamma"), off));
    }

    /// @dev Points of the twist whose x has one word of gamma's, or of the generator's.
    function testHalfOfACoordinateDoesNotMakePointsTheSame() public {
        bytes memory likeGamma = abi.encode(
            wordOf(g2("gamma"), 0),
            uint256(1),
            6277107330335172322395340640090882289823813557485430314203292103281557011940,
            18458069249845787774182582314692913364071855004771509817174046270651605746108
        );
        bytes memory likeGenerator = abi.encode(
            wordOf(g2("generator"), 0),
            uint256(2),
            21825269427323051390593118269879394025395661480367632129571728944797147145917,
            900386334539070719238223993635807445877555361143191884100381878024998231635
        );
        // refused for their subgroup, and not as forgeable
        this.deployWithLessGas(keyOf(2, g2("beta"), g2("gamma"), likeGamma));
        this.deployWithLessGas(keyOf(2, g2("beta"), g2("gamma"), likeGenerator));
        likeGamma = abi.encode(
            uint256(5),
            wordOf(g2("gamma"), 1),
            2808862663365808660985057005547711380092181452781562960557738071569473175327,
            3068237046191462354105088547793258004755129324326082077417492971085490105475
        );
        likeGenerator = abi.encode(
            uint256(5),
            wordOf(g2("generator"), 1),
            6976869789162361466549421821254632359956591109515888715685279819799282592237,
            14336752559266583098156851224238361832731873382180081287593317749279666725709
        );
        this.deployWithLessGas(keyOf(2, g2("beta"), g2("gamma"), likeGamma));
        this.deployWithLessGas(keyOf(2, g2("beta"), g2("gamma"), likeGenerator));
    }

    /// @dev The precompile burns what it gets, so these deployments get little.
    function deployWithLessGas(bytes memory bad) external {
        (bool ok, bytes memory answer) =
            address(this).call{gas: 5_000_000}(abi.encodeCall(this.deploy, (bad)));
        assertReverted(ok, answer, pointInvalid(bad.length / 32));
    }

    function deploy(bytes memory bad) external {
        new Groth16Verifier(bad);
    }

    function wordOf(bytes memory data, uint256 index) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(add(data, 32), mul(32, index)))
        }
    }

    function withWord(bytes memory data, uint256 index, uint256 value)
        private
        pure
        returns (bytes memory copy)
    {
        copy = bytes.concat(data);
        assembly ("memory-safe") {
            mstore(add(add(copy, 32), mul(32, index)), value)
        }
    }
}
