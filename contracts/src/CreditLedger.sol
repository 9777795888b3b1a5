// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ICreditLedger} from "./interfaces/ICreditLedger.sol";
import {BabyJubJub} from "./libraries/BabyJubJub.sol";

/// @title Ledger of encrypted credit data, one running total per borrower key
/// @dev The admin (DEFAULT_ADMIN_ROLE) is an address: an account, a Safe or a governor. It grants
///      and revokes the issuers' role, and cannot change an account.
contract CreditLedger is ICreditLedger, AccessControl {
    /// @notice The ciphertext of an account that {snapshot} last wrote out.
    /// @param key The borrower's key.
    /// @param ciphertext Total that was in effect then.
    /// @param epoch Number of the epoch in which it was written out; 0 if it never was.
    struct Snapshot {
        Point key;
        Ciphertext ciphertext;
        uint256 epoch;
    }

    uint256 private constant MAX_ENTRIES = 256;
    uint256 private constant MAX_ENVELOPE = 1024;
    // at least this, so that epochs fit 24 bits until the year 2288
    uint256 private constant MIN_EPOCH = 10 minutes;
    uint256 private constant MAX_EPOCH = 30 days;
    bytes26 private constant EMPTY =
        bytes26(keccak256(abi.encode(uint256(0), [uint256(0), 1, 0, 1, 0, 1, 0, 1])));

    /// @inheritdoc ICreditLedger
    bytes32 public constant ISSUER_ROLE = keccak256("zkcredit.issuer");

    /// @inheritdoc ICreditLedger
    uint256 public immutable epochLength;
    /// @inheritdoc ICreditLedger
    uint16 public immutable currency;
    /// @inheritdoc ICreditLedger
    mapping(uint256 account => mapping(address issuer => bytes32)) public entryDigest;

    mapping(uint256 account => Head) private _heads;
    mapping(uint256 account => Snapshot) private _snapshots;

    /// @notice Deploys a ledger without accounts and without issuers.
    /// @param admin Holder of the admin role; grants the issuer role.
    /// @param epochLength_ Length of an epoch, seconds, ten minutes to thirty days.
    /// @param currency_ ISO 4217 number of the currency that all amounts are in.
    constructor(address admin, uint256 epochLength_, uint16 currency_) {
        if (epochLength_ < MIN_EPOCH || epochLength_ > MAX_EPOCH) {
            revert EpochLengthInvalid(epochLength_);
        }
        epochLength = epochLength_;
        currency = currency_;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    /// @inheritdoc ICreditLedger
    function addEntry(
        Point calldata key,
        Ciphertext calldata entry,
        Opening calldata opening,
        Ciphertext calldata sum,
        bytes calldata envelope
    ) external onlyRole(ISSUER_ROLE) {
        uint256 account = accountOf(key);
        if (entryDigest[account][msg.sender] != 0) revert EntryExists(account, msg.sender);
        if (opening.entries == MAX_ENTRIES) revert AccountFull(account);
        if (opening.entries == 0) _checkKey(key);
        Ciphertext memory nothing = Ciphertext({c1: Point(0, 1), c2: Point(0, 1)});
        uint256 epoch = _book(account, opening.entries + 1, nothing, entry, opening, sum);
        _checkEnvelope(envelope);
        emit EntryAdded(account, msg.sender, epoch, entry, envelope);
    }

    /// @inheritdoc ICreditLedger
    function replaceEntry(
        Point calldata key,
        Ciphertext calldata previous,
        Ciphertext calldata entry,
        Opening calldata opening,
        Ciphertext calldata sum,
        bytes calldata envelope
    ) external onlyRole(ISSUER_ROLE) {
        uint256 account = accountOf(key);
        if (entryDigest[account][msg.sender] != keccak256(abi.encode(previous))) {
            revert EntryUnknown(account, msg.sender);
        }
        // points with the same y are equal or opposite
        if (previous.c1.y == entry.c1.y) revert RandomnessReused();
        uint256 epoch = _book(account, opening.entries, previous, entry, opening, sum);
        _checkEnvelope(envelope);
        emit EntryReplaced(account, msg.sender, epoch, entry, envelope);
    }

    /// @inheritdoc ICreditLedger
    function snapshot(Point calldata key, Opening calldata opening) external {
        uint256 account = accountOf(key);
        Head memory head = _opened(account, opening);
        uint256 epoch = currentEpoch();
        Ciphertext calldata ciphertext =
            head.lastEpoch < epoch ? opening.latest : opening.base;
        // a total with entries never has low order, so this account has no entries
        if (ciphertext.c1.x == 0) revert NothingInEffect(account);
        Snapshot storage record = _snapshots[account];
        if (record.epoch == 0) record.key = key;
        record.ciphertext = ciphertext;
        record.epoch = epoch;
        emit SnapshotTaken(account, epoch);
    }

    /// @inheritdoc ICreditLedger
    function headOf(uint256 account) external view returns (Head memory) {
        return _heads[account];
    }

    /// @inheritdoc ICreditLedger
    function inEffect(uint256 account)
        external
        view
        returns (Point memory key, Ciphertext memory ciphertext)
    {
        Head memory head = _heads[account];
        Snapshot storage record = _snapshots[account];
        // epoch of the last entry in effect, which came into effect in the following epoch
        uint256 newest = head.lastEpoch < currentEpoch() ? head.lastEpoch : head.priorEpoch;
        if (record.epoch <= newest) revert NoSnapshot(account);
        return (record.key, record.ciphertext);
    }

    /// @inheritdoc ICreditLedger
    function currentEpoch() public view returns (uint256) {
        return block.timestamp / epochLength;
    }

    /// @inheritdoc ICreditLedger
    function accountOf(Point calldata key) public pure returns (uint256) {
        return uint256(keccak256(abi.encode(key))) >> 8;
    }

    /// @dev Replaces `previous` by `entry`, and the account's total by `sum`.
    function _book(
        uint256 account,
        uint256 entries,
        Ciphertext memory previous,
        Ciphertext calldata entry,
        Opening calldata opening,
        Ciphertext calldata sum
    ) private returns (uint256 epoch) {
        Head memory head = _opened(account, opening);
        _checkEntry(entry);
        _checkSum(previous, entry, opening.latest, sum);
        epoch = currentEpoch();
        // The first entry of an epoch finds all others in effect: they are the new base.
        bool first = head.lastEpoch < epoch;
        _heads[account] = Head({
            lastEpoch: uint24(epoch),
            priorEpoch: first ? head.lastEpoch : head.priorEpoch,
            digest: _digest(entries, first ? opening.latest : opening.base, sum)
        });
        entryDigest[account][msg.sender] = keccak256(abi.encode(entry));
    }

    function _opened(uint256 account, Opening calldata opening)
        private
        view
        returns (Head memory head)
    {
        head = _heads[account];
        bytes26 expected = head.digest == 0 ? EMPTY : head.digest;
        if (_digest(opening.entries, opening.base, opening.latest) != expected) {
            revert OpeningStale(account);
        }
    }

    function _digest(uint256 entries, Ciphertext calldata base, Ciphertext calldata latest)
        private
        pure
        returns (bytes26)
    {
        return bytes26(keccak256(abi.encode(entries, base, latest)));
    }

    function _checkKey(Point calldata key) private pure {
        if (!_isOnCurve(key) || _isLowOrder(key)) revert KeyInvalid();
    }

    function _checkEntry(Ciphertext calldata entry) private pure {
        if (!_isOnCurve(entry.c1) || !_isOnCurve(entry.c2)) revert EntryInvalid();
        if (_isLowOrder(entry.c1)) revert EntryUnblinded();
    }

    /// @dev latest + entry = sum + previous, in both points. All but `sum` are on the curve: they
    ///      were checked before they were hashed.
    function _checkSum(
        Ciphertext memory previous,
        Ciphertext calldata entry,
        Ciphertext calldata latest,
        Ciphertext calldata sum
    ) private pure {
        bool valid = _isOnCurve(sum.c1) && _isOnCurve(sum.c2)
            && _sumsAgree(latest.c1, entry.c1, sum.c1, previous.c1)
            && _sumsAgree(latest.c2, entry.c2, sum.c2, previous.c2);
        if (!valid) revert SumInvalid();
        if (_isLowOrder(sum.c1)) revert SumUnblinded();
    }

    function _checkEnvelope(bytes calldata envelope) private pure {
        if (envelope.length == 0 || envelope.length > MAX_ENVELOPE) {
            revert EnvelopeLengthInvalid(envelope.length);
        }
    }

    function _isOnCurve(Point calldata p) private pure returns (bool) {
        return BabyJubJub.isOnCurve(p.x, p.y);
    }

    function _isLowOrder(Point calldata p) private pure returns (bool) {
        return BabyJubJub.isLowOrder(p.x, p.y);
    }

    function _sumsAgree(
        Point calldata p,
        Point calldata q,
        Point calldata s,
        Point memory t
    ) private pure returns (bool) {
        (uint256 x, uint256 y, uint256 z) = BabyJubJub.sum(p.x, p.y, q.x, q.y);
        (uint256 u, uint256 v, uint256 w) = BabyJubJub.sum(s.x, s.y, t.x, t.y);
        return BabyJubJub.areEqual(x, y, z, u, v, w);
    }
}
