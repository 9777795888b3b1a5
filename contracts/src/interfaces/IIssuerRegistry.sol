// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Roots of the tree of accepted issuers
/// @notice A registrar computes the Poseidon tree of (issuer key, revocation root) off chain and
///         posts its root here, with the hash and address of the published tree data, from which
///         anybody recomputes the root. A posted root takes effect after {delay}; until then it
///         is pending, and a guardian can cancel it. A guardian can also withdraw a root at once.
/// @dev The current root is that of the newest posting in effect that is neither withdrawn nor
///      barred, or none. The last {postAfterRemoval} in effect bars all postings before it but the
///      one that it names, also if its own root is withdrawn.
///
///      A root is fresh while it is current, at most {maxCurrentAge} after it took effect or was
///      renewed, and for a caller-chosen time after another root replaced it. Nothing that is in
///      effect is ever overwritten, so posting many roots cannot push out the one that a pending
///      proof was made against.
///
///      Assumptions:
///      - the registrar posts roots of trees that contain accepted issuers only, publishes the
///        tree (holders need it to prove), and uses {postAfterRemoval} when it removes an issuer;
///      - a guardian watches the pending roots, recomputes each from its tree, and cancels those
///        that are wrong within {delay};
///      - the admin (two steps, see AccessControlDefaultAdminRules) grants both roles and has no
///        other power.
///
///      Warning: a root that was withdrawn or banned cannot be posted again.
///      Warning: a registrar that posts the root of a tree with issuers of its own can have any
///      credential accepted from {delay} after the posting until a guardian withdraws that root.
///      Warning: a guardian can withdraw every root, and so stop new loans; it cannot post one.
interface IIssuerRegistry {
    /// @notice Record of one root. If it was posted several times, its times are the last ones.
    /// @param effectiveAt Time from which it is or was the current root, Unix seconds; in the
    ///        future while it is pending; 0 if it was never posted, or cancelled.
    /// @param replacedAt Time at which another root takes or took its place, Unix seconds; 0 if no
    ///        later root is posted.
    /// @param confirmedAt Time from which its age as the current root counts, Unix seconds: when
    ///        it took effect, or was renewed last.
    /// @param withdrawn Whether a guardian withdrew or banned it.
    struct RootRecord {
        uint40 effectiveAt;
        uint40 replacedAt;
        uint40 confirmedAt;
        bool withdrawn;
    }

    /// @notice Thrown when a role would be granted to the address 0.
    /// @param role Role that needs a holder.
    error HolderInvalid(bytes32 role);
    /// @notice Thrown when the delay is above one day.
    /// @param delay Delay that was given, seconds.
    error DelayInvalid(uint256 delay);
    /// @notice Thrown when the current root's highest age is not above the delay, or above 365
    ///         days.
    /// @param age Age that was given, seconds.
    error CurrentAgeInvalid(uint256 age);
    /// @notice Thrown when the root is zero or not below the field's order.
    /// @param root Root that was given.
    error RootInvalid(uint256 root);
    /// @notice Thrown when the root that is posted is already the newest one.
    /// @param root Root that was given.
    error RootUnchanged(uint256 root);
    /// @notice Thrown when the root that is posted waits for its effect already.
    /// @param root Root that was given.
    error RootIsPending(uint256 root);
    /// @notice Thrown when the root that shall be cancelled is not pending.
    /// @param root Root that was given.
    error RootNotPending(uint256 root);
    /// @notice Thrown when the root that is renewed is not the current one.
    /// @param root Root that was given.
    error RootNotCurrent(uint256 root);
    /// @notice Thrown when the root was never posted, or only cancelled, or, for a root that is
    ///         named as clean, has not taken effect.
    /// @param root Root that was given.
    error RootUnknown(uint256 root);
    /// @notice Thrown when the root that is banned was posted; withdraw it instead.
    /// @param root Root that was given.
    error RootIsPosted(uint256 root);
    /// @notice Thrown when the root was withdrawn or banned earlier; it stays withdrawn.
    /// @param root Root that was given.
    error RootIsWithdrawn(uint256 root);
    /// @notice Thrown when {MAX_PENDING} roots are pending already.
    error TooManyPending();

    /// @notice Emitted when a root is posted.
    /// @param root The tree's Poseidon root.
    /// @param version Number of the posting: 1 for the first, one more for each that follows.
    /// @param effectiveAt Time at which it becomes the current root, Unix seconds.
    /// @param dataHash keccak256 of the published tree data.
    /// @param uri Address from which the tree data can be fetched.
    event RootPosted(
        uint256 indexed root,
        uint256 indexed version,
        uint256 effectiveAt,
        bytes32 dataHash,
        string uri
    );

    /// @notice Emitted when a posting bars the earlier roots; it follows {RootPosted}.
    /// @param version Number of the posting.
    /// @param clean The one earlier root that it does not bar, or 0 if it bars all.
    event EarlierRootsBarred(uint256 indexed version, uint256 clean);

    /// @notice Emitted when a pending root is cancelled: that posting never takes effect.
    /// @param root Root that was cancelled.
    /// @param version Number of the posting.
    event RootCancelled(uint256 indexed root, uint256 indexed version);

    /// @notice Emitted when a root is withdrawn: it is refused from now on, whatever its age.
    /// @param root Root that was withdrawn.
    /// @param current Root that is current from now on, or 0 without one.
    event RootWithdrawn(uint256 indexed root, uint256 current);

    /// @notice Emitted when a root that was not posted is banned: it can never be posted.
    /// @param root Root that was banned.
    event RootBanned(uint256 indexed root);

    /// @notice Emitted when the current root is renewed: its age counts from now on.
    /// @param root The current root.
    event RootRenewed(uint256 indexed root);

    /// @notice Role that posts and renews roots.
    /// @return keccak256("zkcredit.registrar"), the role's name in AccessControl.
    function REGISTRAR_ROLE() external view returns (bytes32);

    /// @notice Role that cancels, withdraws and bans roots.
    /// @return keccak256("zkcredit.guardian"), the role's name in AccessControl.
    function GUARDIAN_ROLE() external view returns (bytes32);

    /// @notice Most roots that may be pending at a time, so that a guardian can always walk them.
    /// @return Number of roots.
    function MAX_PENDING() external view returns (uint256);

    /// @notice Time between the posting of a root and its effect; fixed at deployment.
    /// @return Seconds, at most one day.
    function delay() external view returns (uint256);

    /// @notice How long the current root is accepted after it took effect or was renewed last;
    ///         fixed at deployment.
    /// @return Seconds, the last one included; above {delay}, at most 365 days.
    function maxCurrentAge() external view returns (uint256);

    /// @notice The current root, even if it is older than {maxCurrentAge}.
    /// @return The root, or 0 without one.
    function currentRoot() external view returns (uint256);

    /// @notice The roots that wait for their effect.
    /// @return roots The pending roots in the order in which they take effect.
    function pendingRoots() external view returns (uint256[] memory roots);

    /// @notice Number of postings so far, those that are pending or were cancelled included.
    /// @return Version of the newest posting, or 0 before the first.
    function version() external view returns (uint256);

    /// @notice What is stored about a root.
    /// @param root Root that is asked about.
    /// @return Its record; all zero if it was never posted or banned.
    function rootRecord(uint256 root) external view returns (RootRecord memory);

    /// @notice Tells whether a proof against `root` is acceptable now.
    /// @dev A root that was older than {maxCurrentAge} when it was replaced is not fresh again.
    /// @param root Root that the proof names.
    /// @param maxAge How long a replaced root is still accepted, seconds, the last one included.
    /// @return Whether the root is the current one and at most {maxCurrentAge} old, or was
    ///         replaced at most `maxAge` ago, and was not withdrawn.
    function isFresh(uint256 root, uint256 maxAge) external view returns (bool);

    /// @notice Posts `root`, which becomes the current one after {delay}. Registrar only.
    /// @dev An earlier root may be posted again; until it takes effect, its earlier time counts.
    /// @param root The tree's Poseidon root, not 0, below the field's order.
    /// @param dataHash keccak256 of the published tree data.
    /// @param uri Address from which the tree data can be fetched.
    function post(uint256 root, bytes32 dataHash, string calldata uri) external;

    /// @notice Like {post}, for a tree from which issuers were removed: no earlier root becomes
    ///         current again, if this one or a later one is withdrawn, except `clean`.
    /// @dev It still bars them if it is withdrawn, and if it is cancelled while a later root is
    ///      pending, that one bars them in its place. Earlier roots stay fresh for the caller's
    ///      time after their replacement; a guardian withdraws those that must not.
    /// @param root The tree's Poseidon root, not 0, below the field's order.
    /// @param dataHash keccak256 of the published tree data.
    /// @param uri Address from which the tree data can be fetched.
    /// @param clean The newest root in effect whose tree holds none of the removed issuers; 0
    ///        without one.
    function postAfterRemoval(
        uint256 root,
        bytes32 dataHash,
        string calldata uri,
        uint256 clean
    ) external;

    /// @notice States that the current root still holds: its age counts from now on. Registrar
    ///         only.
    /// @param root The current root, named so that after a withdrawal nobody renews another one.
    function renew(uint256 root) external;

    /// @notice Removes a pending root; it may be posted again. Guardian only.
    /// @param root Root that is pending.
    function cancelRoot(uint256 root) external;

    /// @notice Refuses roots from now on and for good: pending ones never take effect, and if the
    ///         current one is among them, another one becomes current, or none. Guardian only.
    /// @dev A root that is withdrawn already is passed over, so that two guardians can act at the
    ///      same time. The age of the root that becomes current again still counts from its own
    ///      effect or renewal.
    /// @param roots Roots to withdraw; each must have been posted.
    function withdrawRoots(uint256[] calldata roots) external;

    /// @notice Refuses a root that was not posted, so that it can never be. Guardian only.
    /// @param root Root to ban, not 0, below the field's order.
    function banRoot(uint256 root) external;
}
