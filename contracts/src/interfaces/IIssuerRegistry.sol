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
///      - the admin may withdraw a root that was posted in error or by a stolen key.
interface IIssuerRegistry {
    /// @notice Life of one root. Times are Unix seconds; 0 = never.
    struct RootRecord {
        uint40 postedAt;
        uint40 replacedAt;
        bool withdrawn;
    }

    /// @notice The root is zero or not a field element.
    error RootInvalid(uint256 root);
    /// @notice The root is the current one already.
    error RootUnchanged(uint256 root);
    /// @notice The root was never posted.
    error RootUnknown(uint256 root);
    /// @notice The root was withdrawn and stays so.
    error RootIsWithdrawn(uint256 root);

    /// @notice A root became the current one.
    /// @param root The Poseidon root.
    /// @param version 1 for the first root, one more for each that follows.
    /// @param dataHash keccak256 of the published tree data.
    /// @param uri Where the tree data can be had.
    event RootPosted(uint256 indexed root, uint256 indexed version, bytes32 dataHash, string uri);

    /// @notice A root is refused from now on, whatever its age.
    event RootWithdrawn(uint256 indexed root);

    /// @notice Role that posts roots.
    function REGISTRAR_ROLE() external view returns (bytes32);

    /// @notice The newest root, 0 before the first.
    function currentRoot() external view returns (uint256);

    /// @notice Number of postings so far.
    function version() external view returns (uint256);

    /// @notice What is known about a root; all zero if it was never posted.
    function rootRecord(uint256 root) external view returns (RootRecord memory);

    /// @notice Whether a proof against `root` is acceptable now.
    /// @param root The root that the proof names.
    /// @param maxAge Seconds for which a replaced root is still accepted, the last one included.
    function isFresh(uint256 root, uint256 maxAge) external view returns (bool);

    /// @notice Makes `root` the current one. Registrar only.
    /// @dev An earlier root may be posted again; it then lives as if new.
    function post(uint256 root, bytes32 dataHash, string calldata uri) external;

    /// @notice Refuses `root` from now on; for a root posted in error. Admin only.
    function withdrawRoot(uint256 root) external;
}
