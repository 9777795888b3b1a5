// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditBureau} from "../interfaces/ICreditBureau.sol";
import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {IHistoryTree} from "../interfaces/IHistoryTree.sol";
import {Requirements} from "../libraries/Requirements.sol";
import {Nullifier} from "../types/Nullifier.sol";

/// @title Tree of a bureau's records, in which borrowers prove their history
/// @dev Nobody has a role here. Of the contracts that it calls, none calls back: it asks the bureau
///      for what the bureau stores, and verifiers are only read.
contract HistoryTree is IHistoryTree {
    /// @inheritdoc IHistoryTree
    uint256 public constant EMPTY_ROOT =
        17211133653989526181178105360323349458556873599320942247358722063830836336505;
    /// @inheritdoc IHistoryTree
    uint256 public constant STAGE_TIME = 10 minutes;

    uint256 private constant SMALL = 3;
    uint256 private constant LARGE = 12;
    uint256 private constant LEAST_WAIT = 10 minutes;
    uint256 private constant MOST_WAIT = 12 hours;
    uint256 private constant RECORD_BITS = 188;

    /// @inheritdoc IHistoryTree
    ICreditBureau public immutable bureau;
    /// @inheritdoc IHistoryTree
    IGroth16Verifier public immutable verifierOf3;
    /// @inheritdoc IHistoryTree
    IGroth16Verifier public immutable verifierOf12;
    /// @inheritdoc IHistoryTree
    IGroth16Verifier public immutable secondVerifierOf3;
    /// @inheritdoc IHistoryTree
    IGroth16Verifier public immutable secondVerifierOf12;
    /// @inheritdoc IHistoryTree
    uint256 public immutable maxLag;
    /// @inheritdoc IHistoryTree
    uint256 public immutable maxRootAge;

    /// @inheritdoc IHistoryTree
    uint256 public root = EMPTY_ROOT;
    /// @inheritdoc IHistoryTree
    uint64 public head;
    /// @inheritdoc IHistoryTree
    uint64 public stagedUntil;
    /// @inheritdoc IHistoryTree
    uint64 public stagedCount;
    // when the first opening of the staged batch was opened
    uint64 private _stagedOpening;
    /// @inheritdoc IHistoryTree
    bytes32 public stagedBatch;
    /// @inheritdoc IHistoryTree
    mapping(uint256 root => uint256 time) public replacedAt;

    /// @notice Deploys the tree of a bureau, without records.
    /// @param bureau_ Bureau of credential pseudonyms.
    /// @param verifiers Verifiers of `history_update_3` and `history_update_12`.
    /// @param seconds_ Verifiers of the same with keys of another setup, or address 0 twice.
    /// @param maxLag_ Longest time for which an opening may wait, seconds, ten minutes to twelve
    ///        hours.
    /// @param maxRootAge_ Time for which a root that was replaced can be used, seconds, ten minutes
    ///        to twelve hours.
    constructor(
        address bureau_,
        address[2] memory verifiers,
        address[2] memory seconds_,
        uint256 maxLag_,
        uint256 maxRootAge_
    ) {
        uint256 kind =
            Requirements.requireWord(bureau_, abi.encodeCall(ICreditBureau.kind, ()));
        if (kind != uint256(ICreditBureau.Kind.Credential)) revert BureauUnsuitable(bureau_);
        _requireVerifiers(verifiers[0], seconds_[0], SMALL);
        _requireVerifiers(verifiers[1], seconds_[1], LARGE);
        if ((seconds_[0] == address(0)) != (seconds_[1] == address(0))) {
            revert VerifierUnsuitable(address(0));
        }
        _requireWait(maxLag_);
        _requireWait(maxRootAge_);
        bureau = ICreditBureau(bureau_);
        verifierOf3 = IGroth16Verifier(verifiers[0]);
        verifierOf12 = IGroth16Verifier(verifiers[1]);
        secondVerifierOf3 = IGroth16Verifier(seconds_[0]);
        secondVerifierOf12 = IGroth16Verifier(seconds_[1]);
        maxLag = maxLag_;
        maxRootAge = maxRootAge_;
    }

    // --- advancing ----------------------------------------------------------------------------

    /// @inheritdoc IHistoryTree
    function advance(
        Nullifier[] calldata pseudonyms,
        uint256 newRoot,
        uint256[8][] calldata proofs
    ) external {
        _requireNoStage();
        uint256 size = pseudonyms.length;
        if (size != SMALL && size != LARGE) revert BatchSizeInvalid(size);
        (uint256[] memory words, uint256 taken, uint256 openedAt) =
            _oldestFirst(pseudonyms, size - 1);
        _verify(pseudonyms, words, newRoot, proofs);
        _take(words, newRoot, taken, openedAt);
    }

    /// @inheritdoc IHistoryTree
    function stage(Nullifier[] calldata pseudonyms) external {
        _requireNoStage();
        if (pseudonyms.length != LARGE) revert BatchSizeInvalid(pseudonyms.length);
        (uint256[] memory words, uint256 taken, uint256 openedAt) =
            _oldestFirst(pseudonyms, LARGE);
        if (taken == 0) revert NothingWaits();
        Nullifier last = pseudonyms[taken - 1];
        for (uint256 i = taken; i < LARGE; ++i) {
            if (Nullifier.unwrap(pseudonyms[i]) != Nullifier.unwrap(last)) {
                revert PaddingInvalid(i);
            }
        }
        stagedBatch = keccak256(abi.encode(root, head + taken, pseudonyms, words));
        // times of the chain, and at most twelve
        stagedUntil = uint64(block.timestamp + STAGE_TIME);
        stagedCount = uint64(taken);
        _stagedOpening = uint64(openedAt);
        emit Staged(root, stagedUntil, pseudonyms, words);
    }

    /// @inheritdoc IHistoryTree
    function advanceStaged(
        Nullifier[] calldata pseudonyms,
        uint256[] calldata words,
        uint256 newRoot,
        uint256[8][] calldata proofs
    ) external {
        uint256 taken = stagedCount;
        bytes32 batch = keccak256(abi.encode(root, head + taken, pseudonyms, words));
        if (block.timestamp > stagedUntil || batch != stagedBatch) revert NotStaged();
        uint256 openedAt = _stagedOpening;
        (stagedBatch, stagedUntil, stagedCount, _stagedOpening) = (0, 0, 0, 0);
        _verify(pseudonyms, words, newRoot, proofs);
        _take(words, newRoot, taken, openedAt);
    }

    // --- views --------------------------------------------------------------------------------

    /// @inheritdoc IHistoryTree
    function isFresh(uint256 root_) external view returns (bool) {
        if (lag() > maxLag) return false;
        if (root_ == root) return true;
        uint256 time = replacedAt[root_];
        return time != 0 && block.timestamp - time <= maxRootAge;
    }

    /// @inheritdoc IHistoryTree
    function waiting() external view returns (uint256) {
        return bureau.openingCount() - head;
    }

    /// @inheritdoc IHistoryTree
    function lag() public view returns (uint256) {
        (, uint256 openedAt) = bureau.openings(head, 1);
        return openedAt == 0 ? 0 : block.timestamp - openedAt;
    }

    // --- small parts --------------------------------------------------------------------------

    function _requireNoStage() private view {
        if (block.timestamp <= stagedUntil) revert StagePending(stagedUntil);
    }

    /// @dev The words of a batch that takes at most `most` of the oldest openings, the number of
    ///      these, and when the first of them was opened.
    function _oldestFirst(Nullifier[] calldata pseudonyms, uint256 most)
        private
        view
        returns (uint256[] memory words, uint256 taken, uint256 openedAt)
    {
        words = bureau.wordsOf(pseudonyms);
        uint256[] memory indices;
        (indices, openedAt) = bureau.openings(head, most);
        taken = indices.length;
        // at most twelve
        unchecked {
            for (uint256 i = 0; i < taken; ++i) {
                uint256 index = words[i] >> RECORD_BITS;
                if (index != indices[i]) revert NotTheOldest(i, indices[i], index);
            }
        }
    }

    function _take(uint256[] memory words, uint256 newRoot, uint256 taken, uint256 openedAt)
        private
    {
        uint256 oldRoot = root;
        uint256 next = head + taken;
        // one opening a call of the bureau
        head = uint64(next);
        if (newRoot != oldRoot) {
            root = newRoot;
            // what it hides was opened at most maxLag before; otherwise it never counts again
            bool counted = taken == 0 || block.timestamp - openedAt <= maxLag;
            replacedAt[oldRoot] = counted ? block.timestamp : 0;
        }
        emit Advanced(oldRoot, newRoot, next, words);
    }

    function _verify(
        Nullifier[] calldata pseudonyms,
        uint256[] memory words,
        uint256 newRoot,
        uint256[8][] calldata proofs
    ) private view {
        uint256 size = words.length;
        uint256[] memory inputs = new uint256[](2 + 2 * size);
        (inputs[0], inputs[1]) = (root, newRoot);
        // each pseudonym and its word, of which there are as many
        assembly ("memory-safe") {
            let to := add(inputs, 96)
            let end := add(to, mul(64, size))
            let word := words
            let from := pseudonyms.offset
            for {} lt(to, end) { to := add(to, 64) } {
                word := add(word, 32)
                mstore(to, calldataload(from))
                mstore(add(to, 32), mload(word))
                from := add(from, 32)
            }
        }
        bool small = size == SMALL;
        IGroth16Verifier second = small ? secondVerifierOf3 : secondVerifierOf12;
        uint256 count = address(second) == address(0) ? 1 : 2;
        if (proofs.length != count) revert ProofCountInvalid(count, proofs.length);
        (small ? verifierOf3 : verifierOf12).verify(proofs[0], inputs);
        if (count == 2) second.verify(proofs[1], inputs);
    }

    function _requireVerifiers(address first, address second, uint256 size) private view {
        _requireVerifier(first, size);
        if (second == address(0)) return;
        _requireVerifier(second, size);
        bytes memory question = abi.encodeCall(IGroth16Verifier.keyDigest, ());
        bool same =
            Requirements.requireWord(first, question) == Requirements.requireWord(second, question);
        if (same) revert VerifierUnsuitable(second);
    }

    function _requireVerifier(address verifier, uint256 size) private view {
        uint256 count = Requirements.requireWord(
            verifier, abi.encodeCall(IGroth16Verifier.inputCount, ())
        );
        if (count != 2 + 2 * size) revert VerifierUnsuitable(verifier);
    }

    function _requireWait(uint256 wait) private pure {
        if (wait < LEAST_WAIT || wait > MOST_WAIT) revert WaitInvalid(wait);
    }
}
