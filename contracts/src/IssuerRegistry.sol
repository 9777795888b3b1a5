// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IIssuerRegistry} from "./interfaces/IIssuerRegistry.sol";
import {BN254_R} from "./libraries/Bn254.sol";

/// @title Roots of the tree of accepted issuers
/// @dev The admin (DEFAULT_ADMIN_ROLE) is an address: an account, a Safe or a governor. It changes
///      in two steps, at least a day apart.
///
///      Postings have numbers, from 1. Those that are pending or current form a list, newest
///      first: `_last`, then the `previous` of each. The time at which a posting is replaced is
///      written when the next one is posted, and corrected when that one is cancelled, so that
///      {isFresh} reads one posting only.
contract IssuerRegistry is IIssuerRegistry, AccessControlDefaultAdminRules {
    using SafeCast for uint256;

    /// @notice One posting of a root. Numbers of postings are 0 for none.
    /// @param effectiveAt Time of its effect, Unix seconds.
    /// @param replacedAt Time at which the next posting takes or took its place, Unix seconds; 0
    ///        without a next posting.
    /// @param confirmedAt Time from which its age as the current root counts, Unix seconds.
    /// @param previous Posting that it replaces.
    /// @param prior Earlier posting of the same root.
    /// @param clean If it bars the earlier postings, the one that it does not bar.
    /// @param bars Whether it bars the earlier postings.
    struct Posting {
        uint40 effectiveAt;
        uint40 replacedAt;
        uint40 confirmedAt;
        uint32 previous;
        uint32 prior;
        uint32 clean;
        bool bars;
    }

    /// @notice What is known of one root.
    /// @param posting Its latest posting that was not cancelled.
    /// @param withdrawn Whether it was withdrawn or banned.
    struct Root {
        uint32 posting;
        bool withdrawn;
    }

    uint48 private constant ADMIN_DELAY = 1 days;
    uint256 private constant MAX_DELAY = 1 days;
    uint256 private constant MAX_AGE = 365 days;

    /// @inheritdoc IIssuerRegistry
    bytes32 public constant REGISTRAR_ROLE = keccak256("zkcredit.registrar");
    /// @inheritdoc IIssuerRegistry
    bytes32 public constant GUARDIAN_ROLE = keccak256("zkcredit.guardian");
    /// @inheritdoc IIssuerRegistry
    uint256 public constant MAX_PENDING = 32;

    /// @inheritdoc IIssuerRegistry
    uint256 public immutable delay;
    /// @inheritdoc IIssuerRegistry
    uint256 public immutable maxCurrentAge;

    uint32 private _count;
    uint32 private _last;
    mapping(uint256 posting => Posting) private _postings;
    mapping(uint256 posting => uint256) private _rootOf;
    mapping(uint256 root => Root) private _records;

    /// @notice Deploys a registry without a root.
    /// @param admin Holder of the admin role; grants the other two to others.
    /// @param registrar Address of the first registrar.
    /// @param guardian Address of the first guardian.
    /// @param delay_ Time between the posting of a root and its effect, seconds, at most one day;
    ///        0 lets a root take effect at once, for local chains.
    /// @param maxCurrentAge_ How long the current root is accepted after it took effect or was
    ///        renewed last, seconds, above `delay_`, at most 365 days.
    constructor(
        address admin,
        address registrar,
        address guardian,
        uint256 delay_,
        uint256 maxCurrentAge_
    ) AccessControlDefaultAdminRules(ADMIN_DELAY, admin) {
        if (registrar == address(0)) revert HolderInvalid(REGISTRAR_ROLE);
        if (guardian == address(0)) revert HolderInvalid(GUARDIAN_ROLE);
        if (delay_ > MAX_DELAY) revert DelayInvalid(delay_);
        if (maxCurrentAge_ <= delay_ || maxCurrentAge_ > MAX_AGE) {
            revert CurrentAgeInvalid(maxCurrentAge_);
        }
        delay = delay_;
        maxCurrentAge = maxCurrentAge_;
        _grantRole(REGISTRAR_ROLE, registrar);
        _grantRole(GUARDIAN_ROLE, guardian);
    }

    /// @inheritdoc IIssuerRegistry
    function currentRoot() public view returns (uint256) {
        (uint32 current,,) = _current();
        return _rootOf[current];
    }

    /// @inheritdoc IIssuerRegistry
    function pendingRoots() external view returns (uint256[] memory roots) {
        (,, uint256 pending) = _current();
        roots = new uint256[](pending);
        uint32 posting = _last;
        while (pending > 0) {
            roots[--pending] = _rootOf[posting];
            posting = _postings[posting].previous;
        }
    }

    /// @inheritdoc IIssuerRegistry
    function version() external view returns (uint256) {
        return _count;
    }

    /// @inheritdoc IIssuerRegistry
    function rootRecord(uint256 root) external view returns (RootRecord memory) {
        Root memory record = _records[root];
        Posting memory posting = _postings[record.posting];
        return RootRecord(
            posting.effectiveAt, posting.replacedAt, posting.confirmedAt, record.withdrawn
        );
    }

    /// @inheritdoc IIssuerRegistry
    function isFresh(uint256 root, uint256 maxAge) external view returns (bool) {
        Root memory record = _records[root];
        if (record.withdrawn) return false;
        Posting memory posting = _postings[record.posting];
        if (posting.effectiveAt > block.timestamp) posting = _postings[posting.prior];
        if (posting.effectiveAt == 0) return false; // the posting 0
        // everything that is subtracted is a past time, or was confirmed before it was replaced
        if (posting.replacedAt == 0 || posting.replacedAt > block.timestamp) {
            return block.timestamp - posting.confirmedAt <= maxCurrentAge;
        }
        return posting.replacedAt - posting.confirmedAt <= maxCurrentAge
            && block.timestamp - posting.replacedAt <= maxAge;
    }

    /// @inheritdoc IIssuerRegistry
    function post(uint256 root, bytes32 dataHash, string calldata uri)
        external
        onlyRole(REGISTRAR_ROLE)
    {
        _post(root, dataHash, uri, 0, false);
    }

    /// @inheritdoc IIssuerRegistry
    function postAfterRemoval(
        uint256 root,
        bytes32 dataHash,
        string calldata uri,
        uint256 clean
    ) external onlyRole(REGISTRAR_ROLE) {
        uint32 cleanPosting = 0;
        if (clean != 0) {
            Root memory record = _records[clean];
            if (record.withdrawn) revert RootIsWithdrawn(clean);
            cleanPosting = _inEffect(record);
            if (cleanPosting == 0) revert RootUnknown(clean);
        }
        uint32 posting = _post(root, dataHash, uri, cleanPosting, true);
        emit EarlierRootsBarred(posting, clean);
    }

    /// @inheritdoc IIssuerRegistry
    function renew(uint256 root) external onlyRole(REGISTRAR_ROLE) {
        (uint32 current,,) = _current();
        if (current == 0 || _rootOf[current] != root) revert RootNotCurrent(root);
        _postings[current].confirmedAt = block.timestamp.toUint40();
        emit RootRenewed(root);
    }

    /// @inheritdoc IIssuerRegistry
    function cancelRoot(uint256 root) external onlyRole(GUARDIAN_ROLE) {
        uint32 posting = _records[root].posting;
        if (!_isPending(posting)) revert RootNotPending(root);
        _cancel(root, posting);
    }

    /// @inheritdoc IIssuerRegistry
    function withdrawRoots(uint256[] calldata roots) external onlyRole(GUARDIAN_ROLE) {
        for (uint256 i = 0; i < roots.length; ++i) {
            Root storage record = _records[roots[i]];
            if (record.withdrawn) continue;
            if (record.posting == 0) revert RootUnknown(roots[i]);
            record.withdrawn = true;
            if (_isPending(record.posting)) _cancel(roots[i], record.posting);
            (uint32 current, uint32 next,) = _current();
            if (current != 0 && _rootOf[current] == roots[i]) {
                _link(_fallback(current), next);
            }
            emit RootWithdrawn(roots[i], currentRoot());
        }
    }

    /// @inheritdoc IIssuerRegistry
    function banRoot(uint256 root) external onlyRole(GUARDIAN_ROLE) {
        _requireField(root);
        Root storage record = _records[root];
        if (record.withdrawn) revert RootIsWithdrawn(root);
        if (record.posting != 0) revert RootIsPosted(root);
        record.withdrawn = true;
        emit RootBanned(root);
    }

    function _post(
        uint256 root,
        bytes32 dataHash,
        string calldata uri,
        uint32 clean,
        bool bars
    ) private returns (uint32 posting) {
        _requireField(root);
        Root storage record = _records[root];
        uint32 prior = record.posting;
        uint32 previous = _last;
        if (record.withdrawn) revert RootIsWithdrawn(root);
        if (_isPending(prior)) revert RootIsPending(root);
        if (prior != 0 && prior == previous) revert RootUnchanged(root);
        (,, uint256 pending) = _current();
        if (pending == MAX_PENDING) revert TooManyPending();
        uint40 effectiveAt = (block.timestamp + delay).toUint40();
        posting = ++_count;
        _last = posting;
        record.posting = posting;
        _rootOf[posting] = root;
        _postings[posting] = Posting(effectiveAt, 0, effectiveAt, previous, prior, clean, bars);
        if (previous != 0) _postings[previous].replacedAt = effectiveAt;
        emit RootPosted(root, posting, effectiveAt, dataHash, uri);
    }

    /// @dev Takes a pending posting out of the list. If it bars earlier postings, the one that
    ///      follows it was posted on top of that, and bars them in its place.
    function _cancel(uint256 root, uint32 posting) private {
        Posting memory gone = _postings[posting];
        uint32 next = 0;
        for (uint32 one = _last; one != posting; one = _postings[one].previous) {
            next = one;
        }
        if (gone.bars && next != 0 && !_postings[next].bars) {
            _postings[next].bars = true;
            _postings[next].clean = gone.clean;
        }
        _link(gone.previous, next);
        _records[root].posting = gone.prior;
        delete _postings[posting];
        emit RootCancelled(root, posting);
    }

    /// @dev Makes `next` follow `posting` in the list; either may be 0.
    function _link(uint32 posting, uint32 next) private {
        if (next == 0) _last = posting;
        else _postings[next].previous = posting;
        // the posting 0 keeps its zeros: it is the record of roots that were never posted
        if (posting != 0) _postings[posting].replacedAt = _postings[next].effectiveAt;
    }

    /// @dev Returns the posting that becomes current when the root of `posting` was withdrawn; 0
    ///      without one. The root of the posting 0 is 0, which is never withdrawn.
    function _fallback(uint32 posting) private returns (uint32) {
        bool bars;
        do {
            Posting memory gone = _postings[posting];
            bars = gone.bars;
            posting = bars ? gone.clean : gone.previous;
        } while (!bars && _records[_rootOf[posting]].withdrawn);
        if (!bars) return posting;
        if (posting == 0 || _records[_rootOf[posting]].withdrawn) return 0;
        // what is older than the one that is not barred, is barred
        _postings[posting].bars = true;
        _postings[posting].clean = 0;
        // and so are later postings of the same root, which speaks by this one again
        Root storage record = _records[_rootOf[posting]];
        if (_isPending(record.posting)) _postings[record.posting].prior = posting;
        else record.posting = posting;
        return posting;
    }

    /// @dev Returns the newest posting in effect, the one that follows it, and how many follow.
    function _current() private view returns (uint32 current, uint32 next, uint256 pending) {
        current = _last;
        while (_isPending(current)) {
            next = current;
            current = _postings[current].previous;
            ++pending;
        }
    }

    /// @dev Returns the latest posting of a root that took effect, or 0. At most one is pending.
    function _inEffect(Root memory record) private view returns (uint32 posting) {
        posting = record.posting;
        if (_isPending(posting)) posting = _postings[posting].prior;
    }

    function _isPending(uint32 posting) private view returns (bool) {
        return _postings[posting].effectiveAt > block.timestamp;
    }

    function _requireField(uint256 root) private pure {
        if (root == 0 || root >= BN254_R) revert RootInvalid(root);
    }
}
