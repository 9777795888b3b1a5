// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Nullifier} from "../types/Nullifier.sol";
import {ICreditBureau} from "./ICreditBureau.sol";
import {IGroth16Verifier} from "./IGroth16Verifier.sol";

/// @title Tree of a bureau's records, in which borrowers prove their history
/// @notice Keeps the root of a tree with one leaf for each pseudonym of a bureau. Anybody advances
///         it, with a proof of the statement `history_update_3` or `history_update_12` that the new
///         root is the old one with the records of three or twelve pseudonyms put in.
/// @dev The tree reads the records and their indices from the bureau; who advances it chooses
///      neither. Each batch takes the oldest openings first: all of them, or as many as leave one
///      place to the caller. An entry that repeats another one changes nothing, so a batch that is
///      not full repeats one.
///
///      A payment changes a record, and so spoils a proof that was made for it. {stage} writes down
///      the oldest openings and their records; for {STAGE_TIME} seconds nothing but a proof for
///      exactly these advances the tree, and anybody can give it.
///
///      A root is fresh if it is the current one, or was replaced at most {maxRootAge} seconds ago,
///      and no opening waits for longer than {maxLag} seconds. A root that was replaced when one had
///      waited for longer is not fresh again. So a fresh root hides a loan that was opened for at
///      most {maxLag} and {maxRootAge} together. It never hides lateness or default of
///      a loan that its leaf knows: a record names the day on which it expires.
///
///      If nobody advances the tree, no root is fresh: proofs about histories stop, and loans do
///      not. Nobody can stop the tree: a stage is finished by anybody, or ends by itself.
///
///      Assumptions:
///      - the bureau never changes an index, never changes an opening, and enters every loan of a
///        pseudonym with a leaf in its queue;
///      - whoever asks {isFresh} compares days itself, with the block's time.
///      - a key whose setup nobody can open again. Whoever can, writes any record into the tree; so
///        a second key of another setup can be demanded, whose proof is checked as well.
interface IHistoryTree {
    /// @notice Thrown when a verifier's key is for a different number of public inputs, when only one
    ///         of the two sizes has a second verifier, or when a second one has the first one's key.
    /// @param verifier The verifier.
    error VerifierUnsuitable(address verifier);
    /// @notice Thrown when the pseudonyms of the bureau cannot have leaves.
    /// @param bureau The bureau.
    error BureauUnsuitable(address bureau);
    /// @notice Thrown when a lag or age is below ten minutes or above twelve hours.
    /// @param age The lag or age, seconds.
    error WaitInvalid(uint256 age);
    /// @notice Thrown when a batch does not have three or twelve pseudonyms; twelve, if it is staged.
    /// @param size Number of pseudonyms.
    error BatchSizeInvalid(uint256 size);
    /// @notice Thrown when a batch does not take the oldest openings first, in their order.
    /// @param position Position in the batch, from 0.
    /// @param turn Index of the leaf whose turn it is.
    /// @param given Index of the leaf at this position.
    error NotTheOldest(uint256 position, uint256 turn, uint256 given);
    /// @notice Thrown when a staged batch has something behind the openings but their last one again.
    /// @param position Position in the batch, from 0.
    error PaddingInvalid(uint256 position);
    /// @notice Thrown when a batch is staged and no opening waits.
    error NothingWaits();
    /// @notice Thrown when a staged batch must come first.
    /// @param until Last second at which only it advances the tree, Unix seconds.
    error StagePending(uint256 until);
    /// @notice Thrown when a proof is for a batch that is not staged, or no longer.
    error NotStaged();
    /// @notice Thrown when the number of proofs is not that of the verifiers.
    /// @param verifiers Number of verifiers.
    /// @param given Number of proofs.
    error ProofCountInvalid(uint256 verifiers, uint256 given);

    /// @notice Emitted when the tree takes a batch of records, in this order. A word has the index
    ///         of its leaf, and {ICreditBureau-LeafAssigned} says whose leaf that is.
    /// @param oldRoot Root before.
    /// @param newRoot Root after.
    /// @param head Number of openings that the tree has taken, of all that there were.
    /// @param words Words of the pseudonyms, as {ICreditBureau-wordsOf} gave them.
    event Advanced(
        uint256 indexed oldRoot, uint256 indexed newRoot, uint256 head, uint256[] words
    );
    /// @notice Emitted when a batch is staged.
    /// @param root Root that it is for.
    /// @param until Last second at which only it advances the tree, Unix seconds.
    /// @param pseudonyms The pseudonyms.
    /// @param words Their words.
    event Staged(
        uint256 indexed root, uint256 until, Nullifier[] pseudonyms, uint256[] words
    );

    /// @notice Puts the records of three or twelve pseudonyms into the tree.
    /// @param pseudonyms The pseudonyms: those of the oldest openings first.
    /// @param newRoot Root afterwards.
    /// @param proofs A proof for each verifier of this size.
    function advance(
        Nullifier[] calldata pseudonyms,
        uint256 newRoot,
        uint256[8][] calldata proofs
    ) external;

    /// @notice Writes down the oldest openings, up to twelve, with their records.
    /// @param pseudonyms Twelve pseudonyms: those of the openings, and then the last one again.
    function stage(Nullifier[] calldata pseudonyms) external;

    /// @notice Puts the staged records into the tree.
    /// @param pseudonyms The pseudonyms of {Staged}.
    /// @param words The words of {Staged}.
    /// @param newRoot Root afterwards.
    /// @param proofs A proof for each verifier of twelve.
    function advanceStaged(
        Nullifier[] calldata pseudonyms,
        uint256[] calldata words,
        uint256 newRoot,
        uint256[8][] calldata proofs
    ) external;

    /// @notice Whether a proof about a history may use a root now.
    /// @param root_ The root.
    /// @return Whether it is fresh.
    function isFresh(uint256 root_) external view returns (bool);

    /// @notice Time for which the oldest opening has waited.
    /// @return The time, seconds; 0 if none waits.
    function lag() external view returns (uint256);

    /// @notice Number of openings that wait.
    /// @return The number.
    function waiting() external view returns (uint256);

    /// @notice Returns the root of the tree as it is.
    /// @return The root.
    function root() external view returns (uint256);

    /// @notice When a root was last replaced.
    /// @param root The root.
    /// @return time The time, Unix seconds; 0 if it never was, or an opening had then waited for
    ///         longer than {maxLag}.
    function replacedAt(uint256 root) external view returns (uint256 time);

    /// @notice Number of openings that the tree has taken, of all that there were.
    /// @return The number.
    function head() external view returns (uint64);

    /// @notice Hash of the staged batch; 0 without one. It counts until {stagedUntil}.
    /// @return keccak256(abi.encode(root, head afterwards, pseudonyms, words)).
    function stagedBatch() external view returns (bytes32);

    /// @notice Last second at which only the staged batch advances the tree, Unix seconds; 0 without
    ///         one.
    /// @return The time.
    function stagedUntil() external view returns (uint64);

    /// @notice Number of openings that the staged batch takes.
    /// @return The number.
    function stagedCount() external view returns (uint64);

    /// @notice Root of a tree without a record.
    /// @return The root.
    function EMPTY_ROOT() external view returns (uint256);

    /// @notice Time that a staged batch has.
    /// @return The time, seconds.
    function STAGE_TIME() external view returns (uint256);

    /// @notice Longest time for which an opening may wait.
    /// @return The time, seconds.
    function maxLag() external view returns (uint256);

    /// @notice Time for which a root that was replaced can be used.
    /// @return The time, seconds.
    function maxRootAge() external view returns (uint256);

    /// @notice The bureau whose records the tree takes.
    /// @return The bureau.
    function bureau() external view returns (ICreditBureau);

    /// @notice Verifier of `history_update_3`.
    /// @return The verifier.
    function verifierOf3() external view returns (IGroth16Verifier);

    /// @notice Verifier of `history_update_12`.
    /// @return The verifier.
    function verifierOf12() external view returns (IGroth16Verifier);

    /// @notice Verifier of `history_update_3` with a key of another setup; address 0 without one.
    /// @return The verifier.
    function secondVerifierOf3() external view returns (IGroth16Verifier);

    /// @notice Verifier of `history_update_12` with a key of another setup; address 0 without one.
    /// @return The verifier.
    function secondVerifierOf12() external view returns (IGroth16Verifier);
}
