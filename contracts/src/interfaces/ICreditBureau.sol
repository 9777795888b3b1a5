// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Nullifier} from "../types/Nullifier.sol";
import {IApplicationGate} from "./IApplicationGate.sol";

/// @title Bureau of the markets that share their borrowers' records
/// @notice Keeps, for each pseudonym, one loan at most and one record. Its members are markets; they
///         share one scope, so a borrower has one pseudonym at all of them.
/// @dev An application reserves the pseudonym until a time, after which the reservation lapses by
///      itself. The release starts the loan; payments and lateness progress it; repayment, default
///      and recovery close it. A reservation that comes to nothing leaves no trace in the record.
///
///      A market is admitted with its gate. It reserves a pseudonym only in the transaction in which
///      this gate accepted a proof of it for this market, so it cannot open a loan in the name of
///      somebody who proved nothing there.
///
///      A pseudonym with a loan at one member is refused at every member. After a default it is
///      refused until the debt is recovered and {rehabilitation} is over; with a rehabilitation of
///      0, for ever.
///      Only the member that started a loan progresses and closes it, also after it was removed. For
///      a loan that runs, {progress} and {close} never revert: counters stop at their largest value.
///
///      A record expires by itself: `goodUntil` is the last whole day before the grace of the oldest
///      unpaid row ends. It is 0 from a default to the recovery, and 65535 without a loan.
///
///      In a bureau of credential pseudonyms, the first loan of a pseudonym gives it a leaf of the
///      history tree, for ever, and every loan enters the queue of openings. A tree takes the
///      oldest openings first, so it cannot leave a loan out. When the leaves are used up, loans
///      start without one: their pseudonyms prove nothing, and nobody waits for them.
///
///      Assumptions:
///      - a member reports what happened: whoever admits a market trusts it with the records of
///        those who apply there;
///      - its gate answers {IApplicationGate-consumedLast} truly: whoever admits a market knows
///        its gate;
///      - pseudonyms of all members are of one {kind}; otherwise one person would be two.
interface ICreditBureau {
    /// @notice What pseudonyms are.
    enum Kind {
        /// @notice Hashes of a borrower's secret and the scope.
        Credential,
        /// @notice Numbers of accounts at a ledger.
        Ledger
    }

    /// @notice What a pseudonym is doing.
    enum State {
        /// @notice It has no loan.
        Free,
        /// @notice It has an application, until the reservation lapses.
        Reserved,
        /// @notice It has a loan that runs.
        Open,
        /// @notice It has a debt after a default.
        Defaulted,
        /// @notice It paid the debt of a default; it waits, or has waited, for its rehabilitation.
        Recovered
    }

    /// @notice How a loan, or a debt, ends.
    enum Ending {
        /// @notice A loan that runs was paid in full.
        Repaid,
        /// @notice Default was declared for a loan that runs.
        Defaulted,
        /// @notice The debt after a default was paid in full.
        Recovered
    }

    /// @notice What is kept of a pseudonym; all of it is public, and fits into 188 bits.
    /// @param opened Number of loans started.
    /// @param repaid Number of loans repaid without a default.
    /// @param onTime Number of rows paid on time.
    /// @param late Number of rows found late.
    /// @param defaults Number of defaults.
    /// @param recovered Number of debts recovered.
    /// @param open Number of loans and debts that are not closed, 0 or 1.
    /// @param goodUntil Last day on which the record can be shown, days since 1970.
    /// @param largest Largest principal repaid, minor currency units.
    /// @param firstDay Day of the first loan, days since 1970; 0 before.
    /// @param lastBadDay Day of the last lateness or default, days since 1970; 0 without one.
    struct Record {
        uint256 opened;
        uint256 repaid;
        uint256 onTime;
        uint256 late;
        uint256 defaults;
        uint256 recovered;
        uint256 open;
        uint256 goodUntil;
        uint256 largest;
        uint256 firstDay;
        uint256 lastBadDay;
    }

    /// @notice Thrown when a rehabilitation is not 0 and below a day or above 3650 days.
    /// @param rehabilitation The time, seconds.
    error RehabilitationInvalid(uint256 rehabilitation);
    /// @notice Thrown when a market that is not a member reserves a pseudonym or starts a loan.
    /// @param market The caller.
    error NotMember(address market);
    /// @notice Thrown when a market is admitted with another gate than it has.
    /// @param gate Gate that the market names.
    error GateDiffers(address gate);
    /// @notice Thrown when a member reserves a pseudonym of which its gate did not accept a proof
    ///         for it in this transaction.
    /// @param nullifier The pseudonym.
    /// @param gate The member's gate.
    error NotProved(Nullifier nullifier, address gate);
    /// @notice Thrown when a reservation would end in the past, or more than 91 days ahead.
    /// @param until When it would end, Unix seconds.
    error ReservationInvalid(uint256 until);
    /// @notice Thrown when a pseudonym is reserved that has an application, a loan or a debt, or
    ///         waits for its rehabilitation.
    /// @param nullifier The pseudonym.
    /// @param state What it is doing.
    /// @param possibleAt When it is free if nothing else happens, Unix seconds; 0 if time alone does
    ///        not free it.
    error PseudonymTaken(Nullifier nullifier, State state, uint256 possibleAt);
    /// @notice Thrown when a loan is started without a reservation of the caller that has not lapsed.
    /// @param nullifier The pseudonym.
    error NotReserved(Nullifier nullifier);
    /// @notice Thrown when a market progresses or closes what it did not start, or what does not run.
    /// @param nullifier The pseudonym.
    /// @param state What the pseudonym is doing.
    /// @param member Market that started its loan; address 0 if nobody did.
    error NotRunningHere(Nullifier nullifier, State state, address member);

    /// @notice Thrown when the word of a pseudonym without a leaf is read.
    /// @param nullifier The pseudonym.
    error NoLeaf(Nullifier nullifier);
    /// @notice Thrown when openings are read from a number on that the queue has not reached.
    /// @param first The number, from 0.
    error OpeningUnknown(uint256 first);

    /// @notice Emitted when a market becomes a member, or stops being one.
    /// @param market The market.
    /// @param gate Gate that says who proved a pseudonym there; address 0 if it stops being a
    ///        member.
    event MemberChanged(address indexed market, address gate);
    /// @notice Emitted when an application reserves a pseudonym.
    /// @param nullifier The pseudonym.
    /// @param member Market of the application.
    /// @param until Last second of the reservation, Unix seconds.
    event PseudonymReserved(Nullifier indexed nullifier, address indexed member, uint256 until);
    /// @notice Emitted when a reservation ends before its time without a loan.
    /// @param nullifier The pseudonym.
    event ReservationCancelled(Nullifier indexed nullifier);
    /// @notice Emitted when a loan starts.
    /// @param nullifier The pseudonym.
    /// @param member Market of the loan.
    /// @param principal Amount of the loan, minor currency units.
    event LoanStarted(Nullifier indexed nullifier, address indexed member, uint256 principal);
    /// @notice Emitted when a pseudonym gets its leaf, at its first loan.
    /// @param nullifier The pseudonym.
    /// @param index Index of the leaf.
    event LeafAssigned(Nullifier indexed nullifier, uint256 indexed index);
    /// @notice Emitted when a loan starts for a pseudonym that cannot have a leaf.
    /// @param nullifier The pseudonym.
    event LeafUnavailable(Nullifier indexed nullifier);
    /// @notice Emitted when rows are paid or found late.
    /// @param nullifier The pseudonym.
    /// @param onTime Number of rows paid on time.
    /// @param late Number of rows found late.
    /// @param goodUntil Last day on which the record can be shown, days since 1970.
    event LoanProgressed(
        Nullifier indexed nullifier, uint256 onTime, uint256 late, uint256 goodUntil
    );
    /// @notice Emitted when a loan or a debt ends.
    /// @param nullifier The pseudonym.
    /// @param member Market of the loan.
    /// @param ending How it ended.
    event LoanClosed(Nullifier indexed nullifier, address indexed member, Ending ending);

    /// @notice Makes a market a member. Only the admin. Reverts with NotAContract or WrongKind if an
    ///         address is not that of the contract that it should be.
    /// @param market The market.
    /// @param gate Gate of the market; named here, so that a notice before the admission shows it.
    function addMember(address market, IApplicationGate gate) external;

    /// @notice Lets a market reserve and start nothing more. Only the admin.
    /// @param market The market.
    function removeMember(address market) external;

    /// @notice Reserves a pseudonym for an application of the calling member, whose gate must have
    ///         accepted a proof of the pseudonym for it in this transaction.
    /// @param nullifier The pseudonym.
    /// @param until Last second of the reservation, Unix seconds, at most 91 days ahead.
    function reserve(Nullifier nullifier, uint256 until) external;

    /// @notice Ends a reservation of the caller; does nothing if it has none of this pseudonym.
    /// @param nullifier The pseudonym.
    function cancel(Nullifier nullifier) external;

    /// @notice Starts the loan for which the calling member reserved the pseudonym.
    /// @param nullifier The pseudonym.
    /// @param principal Amount of the loan, minor currency units.
    /// @param graceEndsAt End of the grace of the first row that asks for something, Unix seconds.
    function start(Nullifier nullifier, uint256 principal, uint256 graceEndsAt) external;

    /// @notice Adds to the record of a loan that the caller started and that runs.
    /// @param nullifier The pseudonym.
    /// @param onTime Number of rows paid on time.
    /// @param late Number of rows found late.
    /// @param graceEndsAt End of the grace of the oldest unpaid row that asks for something, Unix
    ///        seconds.
    function progress(Nullifier nullifier, uint256 onTime, uint256 late, uint256 graceEndsAt)
        external;

    /// @notice Closes a loan that the caller started, or the debt after its default.
    /// @param nullifier The pseudonym.
    /// @param ending How it ended.
    function close(Nullifier nullifier, Ending ending) external;

    /// @notice Time from a recovery to the next loan; 0 if a default is never forgotten.
    /// @return Its length, seconds.
    function rehabilitation() external view returns (uint256);

    /// @notice ISO 4217 number of the currency of `largest`; 0 if it is not said.
    /// @return The number.
    function currency() external view returns (uint16);

    /// @notice What the pseudonyms of all members are.
    /// @return Their kind.
    function kind() external view returns (Kind);

    /// @notice Number within which a borrower has one pseudonym at all members:
    ///         keccak256(abi.encode("zkcredit.bureau", chainid, bureau)) >> 8.
    /// @return The scope.
    function scope() external view returns (uint256);

    /// @notice Gate with which a member was admitted.
    /// @param market The address.
    /// @return The gate; address 0 if the market is not a member.
    function gateOf(address market) external view returns (IApplicationGate);

    /// @notice Whether a market may reserve pseudonyms and start loans.
    /// @param market The address.
    /// @return Whether it is a member.
    function isMember(address market) external view returns (bool);

    /// @notice Whether a member may reserve a pseudonym now, and otherwise from when.
    /// @param nullifier The pseudonym.
    /// @return free Whether it may.
    /// @return possibleAt When it may if nothing else happens, Unix seconds; 0 if time alone does not
    ///         free it.
    function isFree(Nullifier nullifier) external view returns (bool free, uint256 possibleAt);

    /// @notice What a pseudonym is doing, and at which member.
    /// @param nullifier The pseudonym.
    /// @return state What it is doing; a lapsed reservation is Free.
    /// @return member Market of the application, of the loan, or of the last one; address 0 if
    ///         there was none.
    function stateOf(Nullifier nullifier) external view returns (State state, address member);

    /// @notice The record of a pseudonym.
    /// @param nullifier The pseudonym.
    /// @return record What is kept of it.
    function recordOf(Nullifier nullifier) external view returns (Record memory record);

    /// @notice Number of leaves of the history tree.
    /// @return The number, 2^18.
    function leafCapacity() external view returns (uint256);

    /// @notice Number of leaves that were given; the next one has this index.
    /// @return The number.
    function leafCount() external view returns (uint128);

    /// @notice Number of openings that ever entered the queue.
    /// @return The number.
    function openingCount() external view returns (uint128);

    /// @notice Words that a history tree takes: the record, 188 bits, each part from the lowest bit
    ///         up in the order of {Record}, and above it the index of the leaf, 18 bits.
    /// @param nullifiers Pseudonyms with leaves.
    /// @return words Their words, below 2^206.
    function wordsOf(Nullifier[] calldata nullifiers)
        external
        view
        returns (uint256[] memory words);

    /// @notice Some openings, in the order of the queue.
    /// @param first Number of the first one, from 0.
    /// @param most Number of openings, of which there may be fewer.
    /// @return indices Indices of the leaves of the pseudonyms.
    /// @return openedAt Time of the first one, Unix seconds; 0 without one.
    function openings(uint256 first, uint256 most)
        external
        view
        returns (uint256[] memory indices, uint256 openedAt);
}
