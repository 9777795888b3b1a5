// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../../src/interfaces/ICreditBureau.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {CreditBureau} from "../../src/market/CreditBureau.sol";
import {HistoryTree} from "../../src/market/HistoryTree.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {BureauMember} from "./BureauMember.sol";
import {TestBase} from "./TestBase.sol";

/// @title Verifier that accepts a proof whose first word is the hash of its key and the inputs
contract KeyedVerifier is IGroth16Verifier {
    uint256 public immutable inputCount;
    bytes32 public immutable keyDigest;
    address public constant keyPointer = address(0);

    constructor(uint256 inputCount_, uint256 key) {
        inputCount = inputCount_;
        keyDigest = bytes32(key);
    }

    function verificationKey() external pure returns (bytes memory) {
        return "";
    }

    function verify(uint256[8] calldata proof, uint256[] calldata inputs) external view {
        if (inputs.length != inputCount) revert InputCountInvalid(inputCount, inputs.length);
        if (bytes32(proof[0]) != keccak256(abi.encode(keyDigest, inputs))) revert ProofInvalid();
    }

    function verifyBatch(uint256[8][] calldata, uint256[] calldata) external pure {
        revert BatchEmpty();
    }
}

/// @title A bureau whose only member is the test, and the tree of its records
abstract contract HistoryFixture is TestBase, BureauMember {
    address internal constant ADMIN = address(0xAD);
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant LAG = 1 hours;
    uint256 internal constant AGE = 2 hours;

    CreditBureau internal bureau;
    HistoryTree internal tree;

    function makeBureau() internal {
        vm.warp(START);
        bureau = new CreditBureau(ADMIN, 365 days, 978, ICreditBureau.Kind.Credential);
        vm.prank(ADMIN);
        bureau.addMember(address(this), IApplicationGate(address(this)));
    }

    function start(uint256 who) internal {
        bureau.reserve(Nullifier.wrap(who), block.timestamp);
        bureau.start(Nullifier.wrap(who), 100_000, block.timestamp + 35 days);
    }

    function repay(uint256 who) internal {
        bureau.close(Nullifier.wrap(who), ICreditBureau.Ending.Repaid);
    }

    /// @dev `size` pseudonyms from `first` on, of which the last of `count` is repeated.
    function batch(uint256 first, uint256 count, uint256 size)
        internal
        pure
        returns (Nullifier[] memory people)
    {
        people = new Nullifier[](size);
        for (uint256 i = 0; i < size; ++i) {
            people[i] = Nullifier.wrap(first + (i < count ? i : count - 1));
        }
    }

    /// @dev The inputs of the statement for what the bureau says now.
    function inputsOf(Nullifier[] memory people, uint256 newRoot)
        internal
        view
        returns (uint256[] memory)
    {
        return inputsOf(people, bureau.wordsOf(people), newRoot);
    }

    function inputsOf(Nullifier[] memory people, uint256[] memory words, uint256 newRoot)
        internal
        view
        returns (uint256[] memory inputs)
    {
        inputs = new uint256[](2 + 2 * people.length);
        (inputs[0], inputs[1]) = (tree.root(), newRoot);
        for (uint256 i = 0; i < people.length; ++i) {
            inputs[2 + 2 * i] = Nullifier.unwrap(people[i]);
            inputs[3 + 2 * i] = words[i];
        }
    }

    /// @dev The proofs that {KeyedVerifier}s with the keys 1 to `count` accept.
    function proofsOf(uint256[] memory inputs, uint256 count)
        internal
        pure
        returns (uint256[8][] memory proofs)
    {
        proofs = new uint256[8][](count);
        for (uint256 i = 0; i < count; ++i) {
            proofs[i][0] = uint256(keccak256(abi.encode(bytes32(i + 1), inputs)));
        }
    }

    function advance(Nullifier[] memory people, uint256 newRoot) internal {
        tree.advance(people, newRoot, proofsOf(inputsOf(people, newRoot), 1));
    }
}
