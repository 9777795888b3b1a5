// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Signers of whom several sign together
/// @notice Keeps a list of signers and a threshold, and decides whether enough of them signed.
/// @dev A signer is an ERC-7913 signer: an account of 20 bytes, which is a key's or a contract's
///      that answers isValidSignature (ERC-1271), or a verifier's address with a key behind it.
///      Signatures are abi.encode(signers, signatures), with the signers by rising keccak256, so
///      that nobody counts twice.
///      The threshold is at least two, so that nobody signs alone.
///      Only the governor changes signers and threshold.
///
///      Assumptions:
///      - verifiers and signers' contracts answer honestly: one that accepts everything is a key
///        that everybody has.
interface ISignerGroup {
    /// @notice Thrown when somebody other than the governor changes signers or threshold.
    /// @param caller The account that called.
    error GovernorOnly(address caller);
    /// @notice Thrown when a group is deployed whose governor could never call: address zero.
    error GovernorInvalid();
    /// @notice Thrown when a threshold is below two.
    /// @param threshold The threshold.
    error ThresholdTooLow(uint64 threshold);
    /// @notice Thrown when a signer can sign nothing, or could sign everything: address zero, the
    ///         group itself, or a key whose verifier has no code.
    /// @param signer The signer.
    error SignerInvalid(bytes signer);
    /// @notice Thrown when signatures are too few, not by the group's signers, not in order, or for
    ///         something else: another message, contract or chain.
    /// @param digest The digest that should have been signed.
    error SignaturesInvalid(bytes32 digest);

    /// @notice Adds signers. Governor only.
    /// @param signers Signers that are not in the group.
    function addSigners(bytes[] calldata signers) external;

    /// @notice Removes signers; as many as the threshold must remain. Governor only.
    /// @param signers Signers that are in the group.
    function removeSigners(bytes[] calldata signers) external;

    /// @notice Sets how many must sign. Governor only.
    /// @param threshold_ At least two, and at most the number of signers.
    function setThreshold(uint64 threshold_) external;

    /// @notice Account that changes signers and threshold.
    /// @return The governor.
    function governor() external view returns (address);
}
