// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {IApplicationGate} from "../interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../interfaces/ICreditBureau.sol";
import {ILoanMarket} from "../interfaces/ILoanMarket.sol";
import {BN254_R} from "../libraries/Bn254.sol";
import {Requirements} from "../libraries/Requirements.sol";
import {Nullifier} from "../types/Nullifier.sol";

/// @title Bureau of the markets that share their borrowers' records
/// @dev Two words a pseudonym: what it is doing, and its record. The record is laid out as the
///      statements about histories lay it out. The bureau calls members and their gates by
///      STATICCALL alone. The admin (DEFAULT_ADMIN_ROLE) changes in two steps, more than a day
///      apart.
contract CreditBureau is ICreditBureau, AccessControlDefaultAdminRules {
    /// @notice A pseudonym as stored.
    /// @param member Market of the application or of the loan.
    /// @param state What the pseudonym is doing.
    /// @param until Last second of a reservation, or end of the rehabilitation, Unix seconds.
    /// @param principal Amount of the loan, minor currency units.
    /// @param record The parts of {ICreditBureau.Record}, from the lowest bit up, the index of the
    ///        leaf above them, and above it whether there is one.
    struct Entry {
        address member;
        State state;
        uint40 until;
        uint48 principal;
        uint256 record;
    }

    uint48 private constant ADMIN_DELAY = 1 days;
    uint256 private constant MAX_RESERVATION = 91 days;
    uint256 private constant MAX_REHABILITATION = 3_650 days;
    uint256 private constant NO_LOAN = type(uint16).max;
    uint256 private constant NEVER = type(uint40).max;

    // the parts of a record's word: place of the lowest bit << 8 | width in bits
    uint256 private constant OPENED = 0 << 8 | 16;
    uint256 private constant REPAID = 16 << 8 | 16;
    uint256 private constant ON_TIME = 32 << 8 | 24;
    uint256 private constant LATE = 56 << 8 | 16;
    uint256 private constant DEFAULTS = 72 << 8 | 8;
    uint256 private constant RECOVERED = 80 << 8 | 8;
    uint256 private constant OPEN = 88 << 8 | 4;
    uint256 private constant GOOD_UNTIL = 92 << 8 | 16;
    uint256 private constant LARGEST = 108 << 8 | 48;
    uint256 private constant FIRST_DAY = 156 << 8 | 16;
    uint256 private constant LAST_BAD_DAY = 172 << 8 | 16;
    uint256 private constant INDEX = 188 << 8 | 18;
    // nothing stands above it
    uint256 private constant HAS_LEAF = 206 << 8 | 1;

    uint256 private constant WORD_BITS = 206;
    uint256 private constant WORD_MASK = (1 << WORD_BITS) - 1;
    // five openings a word, the first one lowest: the index of a leaf, and above it the time
    uint256 private constant OPENINGS_A_WORD = 5;
    uint256 private constant OPENING_BITS = 51;
    uint256 private constant OPENING_MASK = (1 << OPENING_BITS) - 1;
    uint256 private constant INDEX_BITS = 18;
    uint256 private constant INDEX_MASK = (1 << INDEX_BITS) - 1;
    uint256 private constant LAST_TIME = (1 << (OPENING_BITS - INDEX_BITS)) - 1;

    /// @inheritdoc ICreditBureau
    uint256 public immutable rehabilitation;
    /// @inheritdoc ICreditBureau
    uint16 public immutable currency;
    /// @inheritdoc ICreditBureau
    Kind public immutable kind;
    /// @inheritdoc ICreditBureau
    mapping(address market => IApplicationGate) public gateOf;

    /// @inheritdoc ICreditBureau
    uint256 public constant leafCapacity = 1 << INDEX_BITS;

    /// @inheritdoc ICreditBureau
    uint128 public openingCount;
    /// @inheritdoc ICreditBureau
    uint128 public leafCount;

    mapping(Nullifier nullifier => Entry) private _entries;
    mapping(uint256 place => uint256 openings) private _openings;

    /// @notice Deploys a bureau without members.
    /// @param admin Holder of the admin role, for example a timelock.
    /// @param rehabilitation_ Time from a recovery to the next loan, seconds, 1 to 3650 days; 0 if a
    ///        default is never forgotten.
    /// @param currency_ ISO 4217 number of the currency of all members; 0 if it is not said.
    /// @param kind_ What the pseudonyms of all members are.
    constructor(address admin, uint256 rehabilitation_, uint16 currency_, Kind kind_)
        AccessControlDefaultAdminRules(ADMIN_DELAY, admin)
    {
        bool brief = rehabilitation_ != 0 && rehabilitation_ < 1 days;
        if (brief || rehabilitation_ > MAX_REHABILITATION) {
            revert RehabilitationInvalid(rehabilitation_);
        }
        rehabilitation = rehabilitation_;
        currency = currency_;
        kind = kind_;
    }

    // --- members ------------------------------------------------------------------------------

    /// @inheritdoc ICreditBureau
    function addMember(address market, IApplicationGate gate)
        external
        onlyRole(DEFAULT_ADMIN_ROLE)
    {
        address found =
            Requirements.requireAddress(market, abi.encodeCall(ILoanMarket.gate, ()));
        if (found != address(gate)) revert GateDiffers(found);
        Requirements.requireKind(
            found, abi.encodeCall(IApplicationGate.consumedLast, (market, Nullifier.wrap(0)))
        );
        gateOf[market] = gate;
        emit MemberChanged(market, found);
    }

    /// @inheritdoc ICreditBureau
    function removeMember(address market) external onlyRole(DEFAULT_ADMIN_ROLE) {
        delete gateOf[market];
        emit MemberChanged(market, address(0));
    }

    // --- applications -------------------------------------------------------------------------

    /// @inheritdoc ICreditBureau
    function reserve(Nullifier nullifier, uint256 until) external {
        IApplicationGate gate = _requireMember();
        if (until < block.timestamp || until > block.timestamp + MAX_RESERVATION) {
            revert ReservationInvalid(until);
        }
        Entry storage entry = _entries[nullifier];
        (bool free, uint256 possibleAt) = _isFree(entry);
        if (!free) revert PseudonymTaken(nullifier, entry.state, possibleAt);
        if (!gate.consumedLast(msg.sender, nullifier)) revert NotProved(nullifier, address(gate));
        entry.member = msg.sender;
        entry.state = State.Reserved;
        // at most 91 days ahead
        entry.until = uint40(until);
        emit PseudonymReserved(nullifier, msg.sender, until);
    }

    /// @inheritdoc ICreditBureau
    function cancel(Nullifier nullifier) external {
        Entry storage entry = _entries[nullifier];
        if (entry.state != State.Reserved || entry.member != msg.sender) return;
        entry.state = State.Free;
        emit ReservationCancelled(nullifier);
    }

    // --- loans --------------------------------------------------------------------------------

    /// @inheritdoc ICreditBureau
    function start(Nullifier nullifier, uint256 principal, uint256 graceEndsAt) external {
        _requireMember();
        Entry storage entry = _entries[nullifier];
        bool reserved = entry.state == State.Reserved && entry.member == msg.sender;
        if (!reserved || block.timestamp > entry.until) revert NotReserved(nullifier);
        entry.state = State.Open;
        entry.principal = uint48(_most(principal, type(uint48).max));
        uint256 word = _add(entry.record, OPENED, 1);
        word = _put(_put(word, OPEN, 1), GOOD_UNTIL, _lastGoodDay(graceEndsAt));
        if (_get(word, FIRST_DAY) == 0) word = _put(word, FIRST_DAY, block.timestamp / 1 days);
        if (kind == Kind.Credential) word = _queued(nullifier, word);
        entry.record = word;
        emit LoanStarted(nullifier, msg.sender, principal);
    }

    /// @inheritdoc ICreditBureau
    function progress(Nullifier nullifier, uint256 onTime, uint256 late, uint256 graceEndsAt)
        external
    {
        Entry storage entry = _running(nullifier, State.Open);
        uint256 goodUntil = _lastGoodDay(graceEndsAt);
        uint256 word = _add(_add(entry.record, ON_TIME, onTime), LATE, late);
        word = _put(word, GOOD_UNTIL, goodUntil);
        if (late != 0) word = _put(word, LAST_BAD_DAY, block.timestamp / 1 days);
        entry.record = word;
        emit LoanProgressed(nullifier, onTime, late, goodUntil);
    }

    /// @inheritdoc ICreditBureau
    function close(Nullifier nullifier, Ending ending) external {
        State needed = ending == Ending.Recovered ? State.Defaulted : State.Open;
        Entry storage entry = _running(nullifier, needed);
        uint256 word = entry.record;
        if (ending == Ending.Defaulted) {
            entry.state = State.Defaulted;
            word = _put(_add(word, DEFAULTS, 1), GOOD_UNTIL, 0);
            word = _put(word, LAST_BAD_DAY, block.timestamp / 1 days);
        } else {
            word = _put(_put(word, OPEN, 0), GOOD_UNTIL, NO_LOAN);
            if (ending == Ending.Repaid) {
                entry.state = State.Free;
                word = _add(word, REPAID, 1);
                uint256 principal = entry.principal;
                if (principal > _get(word, LARGEST)) word = _put(word, LARGEST, principal);
            } else {
                entry.state = State.Recovered;
                word = _add(word, RECOVERED, 1);
                uint256 until = rehabilitation == 0 ? NEVER : block.timestamp + rehabilitation;
                entry.until = uint40(_most(until, NEVER));
            }
        }
        entry.record = word;
        emit LoanClosed(nullifier, msg.sender, ending);
    }

    // --- views --------------------------------------------------------------------------------

    /// @inheritdoc ICreditBureau
    function isMember(address market) public view returns (bool) {
        return address(gateOf[market]) != address(0);
    }

    /// @inheritdoc ICreditBureau
    function scope() external view returns (uint256) {
        return
            uint256(keccak256(abi.encode("zkcredit.bureau", block.chainid, address(this)))) >> 8;
    }

    /// @inheritdoc ICreditBureau
    function isFree(Nullifier nullifier) external view returns (bool free, uint256 possibleAt) {
        return _isFree(_entries[nullifier]);
    }

    /// @inheritdoc ICreditBureau
    function stateOf(Nullifier nullifier) external view returns (State state, address member) {
        Entry storage entry = _entries[nullifier];
        (state, member) = (entry.state, entry.member);
        if (state == State.Reserved && block.timestamp > entry.until) state = State.Free;
    }

    /// @inheritdoc ICreditBureau
    function recordOf(Nullifier nullifier) external view returns (Record memory record) {
        uint256 word = _entries[nullifier].record;
        if (word == 0) word = _put(word, GOOD_UNTIL, NO_LOAN);
        record.opened = _get(word, OPENED);
        record.repaid = _get(word, REPAID);
        record.onTime = _get(word, ON_TIME);
        record.late = _get(word, LATE);
        record.defaults = _get(word, DEFAULTS);
        record.recovered = _get(word, RECOVERED);
        record.open = _get(word, OPEN);
        record.goodUntil = _get(word, GOOD_UNTIL);
        record.largest = _get(word, LARGEST);
        record.firstDay = _get(word, FIRST_DAY);
        record.lastBadDay = _get(word, LAST_BAD_DAY);
    }

    /// @inheritdoc ICreditBureau
    function wordsOf(Nullifier[] calldata nullifiers)
        external
        view
        returns (uint256[] memory words)
    {
        uint256 count = nullifiers.length;
        words = new uint256[](count);
        // a count of elements cannot overflow
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                uint256 word = _entries[nullifiers[i]].record;
                if (word >> WORD_BITS == 0) revert NoLeaf(nullifiers[i]);
                words[i] = word & WORD_MASK;
            }
        }
    }

    /// @inheritdoc ICreditBureau
    function openings(uint256 first, uint256 most)
        external
        view
        returns (uint256[] memory indices, uint256 openedAt)
    {
        uint256 all = openingCount;
        if (first > all) revert OpeningUnknown(first);
        uint256 count = _most(all - first, most);
        indices = new uint256[](count);
        if (count == 0) return (indices, 0);
        // numbers of openings, below 2^128
        unchecked {
            uint256 place = first / OPENINGS_A_WORD;
            uint256 left = OPENINGS_A_WORD - first % OPENINGS_A_WORD;
            uint256 word = _openings[place] >> OPENING_BITS * (OPENINGS_A_WORD - left);
            openedAt = (word & OPENING_MASK) >> INDEX_BITS;
            for (uint256 i = 0; i < count; ++i) {
                if (left == 0) (word, left) = (_openings[++place], OPENINGS_A_WORD);
                indices[i] = word & INDEX_MASK;
                word >>= OPENING_BITS;
                --left;
            }
        }
    }

    // --- small parts --------------------------------------------------------------------------

    /// @dev The word with a leaf, if there is one for it, after its opening is in the queue.
    function _queued(Nullifier nullifier, uint256 word) private returns (uint256) {
        if (_get(word, HAS_LEAF) == 0) {
            uint256 value = Nullifier.unwrap(nullifier);
            uint256 next = leafCount;
            // no statement can be proved for what is not a field element other than 0
            if (next == leafCapacity || value == 0 || value >= BN254_R) {
                emit LeafUnavailable(nullifier);
                return word;
            }
            // at most 2^18
            leafCount = uint128(next + 1);
            word = _put(_put(word, INDEX, next), HAS_LEAF, 1);
            emit LeafAssigned(nullifier, next);
        }
        uint256 number = openingCount;
        uint256 opening = _get(word, INDEX) | _most(block.timestamp, LAST_TIME) << INDEX_BITS;
        _openings[number / OPENINGS_A_WORD] |=
            opening << (OPENING_BITS * (number % OPENINGS_A_WORD));
        // one a call
        openingCount = uint128(number + 1);
        return word;
    }

    /// @dev Returns the gate of the calling member.
    function _requireMember() private view returns (IApplicationGate gate) {
        gate = gateOf[msg.sender];
        if (address(gate) == address(0)) revert NotMember(msg.sender);
    }

    function _running(Nullifier nullifier, State needed)
        private
        view
        returns (Entry storage entry)
    {
        entry = _entries[nullifier];
        if (entry.state != needed || entry.member != msg.sender) {
            revert NotRunningHere(nullifier, entry.state, entry.member);
        }
    }

    function _isFree(Entry storage entry) private view returns (bool free, uint256 possibleAt) {
        State state = entry.state;
        if (state == State.Free) return (true, 0);
        if (state == State.Open || state == State.Defaulted) return (false, 0);
        uint256 until = entry.until;
        if (state == State.Recovered) {
            if (until == NEVER) return (false, 0);
            return block.timestamp >= until ? (true, uint256(0)) : (false, until);
        }
        return block.timestamp > until ? (true, uint256(0)) : (false, until + 1);
    }

    /// @dev The last whole day before a time; never the value that stands for "no loan".
    function _lastGoodDay(uint256 time) private pure returns (uint256) {
        uint256 day = time / 1 days;
        return day == 0 ? 0 : _most(day - 1, NO_LOAN - 1);
    }

    function _most(uint256 value, uint256 most) private pure returns (uint256) {
        return value > most ? most : value;
    }

    // --- the record ---------------------------------------------------------------------------

    function _mask(uint256 field) private pure returns (uint256) {
        return (1 << (field & 0xff)) - 1;
    }

    function _get(uint256 word, uint256 field) private pure returns (uint256) {
        return (word >> (field >> 8)) & _mask(field);
    }

    /// @dev The word with a field set to the value, or to the largest one that fits.
    function _put(uint256 word, uint256 field, uint256 value) private pure returns (uint256) {
        uint256 mask = _mask(field);
        return word & ~(mask << (field >> 8)) | _most(value, mask) << (field >> 8);
    }

    /// @dev The word with a counter raised, which stops at its largest value.
    function _add(uint256 word, uint256 field, uint256 more) private pure returns (uint256) {
        uint256 mask = _mask(field);
        // both below 2^48, so the sum cannot overflow
        return _put(word, field, _get(word, field) + _most(more, mask));
    }
}
