// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Roots of the tree of accepted issuers
/// @notice A registrar computes the Poseidon tree of (issuer key, revocation root) off chain and
///         posts its root here, with the hash and address of the published tree data, from which
///         anybody recomputes the root.
/// @dev A root stays usable while it is the current one and for a caller-chosen time after it was
///      replaced. The history is keyed by root and nothing is ever overwritten, so posting many
///      roots cannot push out the one that a pending proof was made against.
///
///      Assumptions:
///      - the registrar posts roots of trees that contain accepted issuers only, and publishes
///        the tree (holders need it to prove); it has no other power;
///      - the admin withdraws a root that was posted in error or by a stolen key.
///
///      Warning: a root that was withdrawn cannot be posted again.
///      Warning: a registrar that posts the root of a tree with issuers of its own can have any
///      credential accepted until the admin withdraws that root.
interface IIssuerRegistry {
    /// @notice Record of one root.
    /// @param postedAt Time at which it last became the current root, Unix seconds; 0 if never.
    /// @param replacedAt Time at which another root took its place, Unix seconds; 0 if it is the
    ///        current root or was never posted.
    /// @param withdrawn Whether the admin withdrew it.
    struct RootRecord {
        uint40 postedAt;
        uint40 replacedAt;
        bool withdrawn;
    }

    /// @notice Thrown when the root is zero or not below the field's order.
    /// @param root Root that was given.
    error RootInvalid(uint256 root);
    /// @notice Thrown when the root that is posted is already the current one.
    /// @param root Root that was given.
    error RootUnchanged(uint256 root);
    /// @notice Thrown when the root was never posted.
    /// @param root Root that was given.
    error RootUnknown(uint256 root);
    /// @notice Thrown when the root was withdrawn earlier; it stays withdrawn.
    /// @param root Root that was given.
    error RootIsWithdrawn(uint256 root);

    /// @notice Emitted when a root becomes the current one.
    /// @param root The tree's Poseidon root.
    /// @param version Number of the posting: 1 for the first, one more for each that follows.
    /// @param dataHash keccak256 of the published tree data.
    /// @param uri Address from which the tree data can be fetched.
    event RootPosted(uint256 indexed root, uint256 indexed version, bytes32 dataHash, string uri);

    /// @notice Emitted when a root is withdrawn: it is refused from now on, whatever its age.
    /// @param root Root that was withdrawn.
    event RootWithdrawn(uint256 indexed root);

    /// @notice Role that posts roots.
    /// @return keccak256("zkcredit.registrar"), the role's name in AccessControl.
    function REGISTRAR_ROLE() external view returns (bytes32);

    /// @notice The root that was posted last.
    /// @return The root, or 0 before the first posting.
    function currentRoot() external view returns (uint256);

    /// @notice Number of postings so far.
    /// @return Version of the current root, or 0 before the first posting.
    function version() external view returns (uint256);

    /// @notice What is stored about a root.
    /// @param root Root that is asked about.
    /// @return Its record; all zero if it was never posted.
    function rootRecord(uint256 root) external view returns (RootRecord memory);

    /// @notice Tells whether a proof against `root` is acceptable now.
    /// @param root Root that the proof names.
    /// @param maxAge How long a replaced root is still accepted, seconds, the last one included.
    /// @return Whether the root is the current one or was replaced at most `maxAge` ago, and was
    ///         not withdrawn.
    function isFresh(uint256 root, uint256 maxAge) external view returns (bool);

    /// @notice Makes `root` the current one. Registrar only.
    /// @dev An earlier root may be posted again; it is then treated like a new one.
    /// @param root The tree's Poseidon root, not 0, below the field's order.
    /// @param dataHash keccak256 of the published tree data.
    /// @param uri Address from which the tree data can be fetched.
    function post(uint256 root, bytes32 dataHash, string calldata uri) external;

    /// @notice Refuses `root` from now on; for a root posted in error. Admin only.
    /// @param root Root to withdraw; it must have been posted.
    function withdrawRoot(uint256 root) external;
}
