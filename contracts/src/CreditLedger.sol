// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICreditLedger} from "./interfaces/ICreditLedger.sol";
import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {BabyJubJub} from "./libraries/BabyJubJub.sol";
import {Requirements} from "./libraries/Requirements.sol";

/// @title Ledger of encrypted credit data, one account per borrower key
/// @dev The admin (DEFAULT_ADMIN_ROLE) is an address: an account, a Safe or a governor. It grants
///      and revokes the issuers' role, names successors of dismissed issuers, and touches no
///      account. It changes in two steps, more than a day apart.
contract CreditLedger is ICreditLedger, AccessControlDefaultAdminRules {
    using SafeCast for uint256;

    /// @notice A sum that {snapshot} wrote out last.
    /// @param ciphertext Sum of the entries that were in effect then.
    /// @param epoch Number of the epoch in which it was written out; 0 if it never was.
    struct Snapshot {
        Ciphertext ciphertext;
        uint256 epoch;
    }

    uint48 private constant ADMIN_DELAY = 1 days;
    uint256 private constant INPUTS = 7;
    uint256 private constant MAX_ISSUERS = 256;
    uint256 private constant MAX_IN_EPOCH = 8;
    uint256 private constant MAX_ENVELOPE = 1024;
    // at least this, so that epochs fit 24 bits until the year 2288
    uint256 private constant MIN_EPOCH = 10 minutes;
    uint256 private constant MAX_EPOCH = 30 days;
    uint16 private constant MAX_CURRENCY = 999;

    /// @inheritdoc ICreditLedger
    bytes32 public constant ISSUER_ROLE = keccak256("zkcredit.issuer");

    /// @inheritdoc ICreditLedger
    IGroth16Verifier public immutable verifier;
    /// @inheritdoc ICreditLedger
    uint256 public immutable epochLength;
    /// @inheritdoc ICreditLedger
    uint16 public immutable currency;
    /// @inheritdoc ICreditLedger
    mapping(address issuer => address) public successorOf;

    mapping(uint256 account => Head) private _heads;
    mapping(uint256 account => mapping(address issuer => Slot)) private _slots;
    mapping(uint256 account => Point) private _keys;
    mapping(uint256 account => mapping(bytes26 issuers => Snapshot)) private _snapshots;

    /// @notice Deploys a ledger without accounts and without issuers.
    /// @param verifier_ Verifier whose key is that of the `ledger_entry` statement.
    /// @param admin Holder of the admin role; grants the issuer role.
    /// @param epochLength_ Length of an epoch, seconds, ten minutes to thirty days.
    /// @param currency_ ISO 4217 number of the currency that all amounts are in, 1 to 999.
    constructor(
        IGroth16Verifier verifier_,
        address admin,
        uint256 epochLength_,
        uint16 currency_
    ) AccessControlDefaultAdminRules(ADMIN_DELAY, admin) {
        uint256 found = Requirements.requireWord(
            address(verifier_), abi.encodeCall(IGroth16Verifier.inputCount, ())
        );
        if (found != INPUTS) revert VerifierUnsuitable(found);
        if (epochLength_ < MIN_EPOCH || epochLength_ > MAX_EPOCH) {
            revert EpochLengthInvalid(epochLength_);
        }
        if (currency_ == 0 || currency_ > MAX_CURRENCY) revert CurrencyInvalid(currency_);
        verifier = verifier_;
        epochLength = epochLength_;
        currency = currency_;
    }

    /// @inheritdoc ICreditLedger
    function addEntry(Submission calldata submission) external onlyRole(ISSUER_ROLE) {
        uint256[] memory inputs = new uint256[](INPUTS);
        _enter(submission, inputs, 0);
        verifier.verify(submission.proof, inputs);
    }

    /// @inheritdoc ICreditLedger
    function addEntries(Submission[] calldata submissions) external onlyRole(ISSUER_ROLE) {
        uint256 count = submissions.length;
        uint256[] memory inputs = new uint256[](INPUTS * count);
        uint256[8][] memory proofs = new uint256[8][](count);
        for (uint256 i = 0; i < count; ++i) {
            _enter(submissions[i], inputs, INPUTS * i);
            proofs[i] = submissions[i].proof;
        }
        // the verifier refuses an empty batch
        verifier.verifyBatch(proofs, inputs);
    }

    /// @inheritdoc ICreditLedger
    function snapshot(Point calldata key, bytes26 issuers, Part[] calldata parts) external {
        uint256 account = accountOf(key);
        uint256 epoch = currentEpoch();
        _checkIssuers(account, issuers, parts);
        Ciphertext memory total = _sum(account, epoch, parts);
        if (_keys[account].y == 0) _keys[account] = key;
        Snapshot storage record = _snapshots[account][issuers];
        record.ciphertext = total;
        record.epoch = epoch;
        emit SnapshotTaken(account, issuers, epoch);
    }

    /// @inheritdoc ICreditLedger
    function nameIssuers(address[] calldata list) external returns (bytes26 issuers) {
        issuers = issuersOf(list);
        emit IssuersNamed(issuers, list);
    }

    /// @inheritdoc ICreditLedger
    function nameSuccessor(address issuer, address successor)
        external
        onlyRole(DEFAULT_ADMIN_ROLE)
    {
        if (hasRole(ISSUER_ROLE, issuer)) revert IssuerNotDismissed(issuer);
        successorOf[issuer] = successor;
        emit SuccessorNamed(issuer, successor);
    }

    /// @inheritdoc ICreditLedger
    function headOf(uint256 account) external view returns (Head memory) {
        return _heads[account];
    }

    /// @inheritdoc ICreditLedger
    function slotOf(uint256 account, address issuer) external view returns (Slot memory) {
        return _slots[account][issuer];
    }

    /// @inheritdoc ICreditLedger
    function contextOf(uint256 account, address issuer) external view returns (uint256) {
        return _context(account, issuer, _slots[account][issuer].count);
    }

    /// @inheritdoc ICreditLedger
    function inEffect(uint256 account, bytes26 issuers)
        external
        view
        returns (Point memory key, Ciphertext memory ciphertext)
    {
        Head memory head = _heads[account];
        Snapshot storage record = _snapshots[account][issuers];
        // epoch of the last entry that is in effect; it came into effect in the one that followed
        uint256 newest = head.lastEpoch < currentEpoch() ? head.lastEpoch : head.priorEpoch;
        if (record.epoch <= newest) revert NoSnapshot(account);
        return (_keys[account], record.ciphertext);
    }

    /// @inheritdoc ICreditLedger
    function currentEpoch() public view returns (uint256) {
        return block.timestamp / epochLength;
    }

    /// @inheritdoc ICreditLedger
    function accountOf(Point calldata key) public pure returns (uint256) {
        return uint256(keccak256(abi.encode(key))) >> 8;
    }

    /// @inheritdoc ICreditLedger
    function issuersOf(address[] calldata list) public pure returns (bytes26) {
        if (list.length == 0 || list.length > MAX_ISSUERS) revert IssuersInvalid();
        for (uint256 i = 1; i < list.length; ++i) {
            if (list[i] <= list[i - 1]) revert IssuersInvalid();
        }
        return bytes26(keccak256(abi.encode(list)));
    }

    // --- entries ------------------------------------------------------------------------------

    /// @dev Books an entry and writes its seven public inputs to `inputs` from `place` on. The
    ///      caller verifies the proof afterwards; until then nothing outside is called.
    function _enter(Submission calldata submission, uint256[] memory inputs, uint256 place)
        private
    {
        address issuer = submission.issuer;
        uint256 length = submission.envelope.length;
        if (length == 0 || length > MAX_ENVELOPE) revert EnvelopeLengthInvalid(length);

        uint256 account = accountOf(submission.key);
        uint256 epoch = currentEpoch();
        uint256 count = _extend(account, issuer, epoch, submission.entry);
        if (issuer != msg.sender) _checkSuccession(issuer, count);
        inputs[place] = _context(account, issuer, count);
        (inputs[place + 1], inputs[place + 2]) = (submission.key.x, submission.key.y);
        Ciphertext calldata entry = submission.entry;
        (inputs[place + 3], inputs[place + 4]) = (entry.c1.x, entry.c1.y);
        (inputs[place + 5], inputs[place + 6]) = (entry.c2.x, entry.c2.y);
        emit EntryAdded(account, issuer, epoch, count, entry, submission.envelope);
    }

    /// @dev Extends the chains of the account and of the issuer. Returns how many entries the
    ///      issuer made in the account before.
    function _extend(uint256 account, address issuer, uint256 epoch, Ciphertext calldata entry)
        private
        returns (uint256 count)
    {
        Slot memory slot = _slots[account][issuer];
        count = slot.count;
        _extendHead(account, issuer, epoch, count == 0);
        if (slot.epoch != epoch) {
            slot.epoch = epoch.toUint24();
            slot.inEpoch = 0;
        } else if (slot.inEpoch == MAX_IN_EPOCH) {
            revert EntriesTooMany(account, issuer);
        }
        slot.inEpoch += 1;
        slot.count += 1;
        slot.chain = _link(slot.chain, epoch, keccak256(abi.encode(entry)));
        _slots[account][issuer] = slot;
    }

    function _extendHead(uint256 account, address issuer, uint256 epoch, bool isNew) private {
        Head memory head = _heads[account];
        if (!isNew && head.lastEpoch == epoch) return;
        if (isNew) {
            if (head.issuers != 0) {
                if (head.others == MAX_ISSUERS - 1) revert AccountFull(account);
                head.others += 1;
            }
            head.issuers = _join(head.issuers, issuer);
        }
        if (head.lastEpoch != epoch) {
            (head.priorEpoch, head.lastEpoch) = (head.lastEpoch, epoch.toUint24());
        }
        _heads[account] = head;
    }

    /// @dev A successor replaces what the dismissed issuer entered; it enters nothing new, or it
    ///      would have two entries in one account.
    function _checkSuccession(address issuer, uint256 count) private view {
        bool may = successorOf[issuer] == msg.sender && !hasRole(ISSUER_ROLE, issuer);
        if (!may || count == 0) revert NotInPlaceOf(issuer, msg.sender);
    }

    function _context(uint256 account, address issuer, uint256 count)
        private
        view
        returns (uint256)
    {
        bytes32 digest =
            keccak256(abi.encode(block.chainid, address(this), account, issuer, count));
        return uint256(digest) >> 8;
    }

    function _link(bytes25 chain, uint256 epoch, bytes32 digest) private pure returns (bytes25) {
        return bytes25(keccak256(abi.encode(chain, epoch, digest)));
    }

    function _join(bytes25 chain, address issuer) private pure returns (bytes25) {
        return bytes25(keccak256(abi.encode(chain, issuer)));
    }

    // --- sums ---------------------------------------------------------------------------------

    /// @dev Reverts unless the parts are those of the issuers that are asked for, each once.
    function _checkIssuers(uint256 account, bytes26 issuers, Part[] calldata parts)
        private
        view
    {
        if (issuers == 0) {
            bytes25 chain;
            for (uint256 i = 0; i < parts.length; ++i) {
                chain = _join(chain, parts[i].issuer);
            }
            if (chain != _heads[account].issuers) revert IssuersInvalid();
            return;
        }
        address[] memory list = new address[](parts.length);
        for (uint256 i = 0; i < parts.length; ++i) {
            list[i] = parts[i].issuer;
            if (i > 0 && list[i] <= list[i - 1]) revert IssuersInvalid();
        }
        if (list.length > MAX_ISSUERS || bytes26(keccak256(abi.encode(list))) != issuers) {
            revert IssuersInvalid();
        }
    }

    /// @dev Returns the sum of the entries in effect, and compares each part with its chain.
    function _sum(uint256 account, uint256 epoch, Part[] calldata parts)
        private
        view
        returns (Ciphertext memory total)
    {
        BabyJubJub.Sum memory first = BabyJubJub.nothing();
        BabyJubJub.Sum memory second = BabyJubJub.nothing();
        for (uint256 i = 0; i < parts.length; ++i) {
            Part calldata part = parts[i];
            if (part.epoch >= epoch) revert PartInvalid(account, part.issuer);
            bytes25 chain;
            if (part.epoch != 0) {
                bytes32 digest = keccak256(abi.encode(part.entry));
                chain = _link(part.before, part.epoch, digest);
                // the entry was proved, so its points are on the curve
                BabyJubJub.add(first, part.entry.c1.x, part.entry.c1.y);
                BabyJubJub.add(second, part.entry.c2.x, part.entry.c2.y);
            }
            for (uint256 j = 0; j < part.pending.length; ++j) {
                chain = _link(chain, epoch, part.pending[j]);
            }
            if (chain != _slots[account][part.issuer].chain) {
                revert PartInvalid(account, part.issuer);
            }
        }
        // points of prime order add up to one, or to the identity
        if (first.x == 0) revert NothingInEffect(account);
        (total.c1.x, total.c1.y, total.c2.x, total.c2.y) = BabyJubJub.toAffine(first, second);
    }
}
