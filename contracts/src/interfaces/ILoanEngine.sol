// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Engine of loans whose product is a table of rows
/// @notice Computes what a loan of a product costs, and every step of a loan's life. It keeps no
///         state, holds no tokens and reads no clock: a call gives it the loan and the time, and it
///         returns the loan after the step.
/// @dev Amounts are minor currency units below 2^48, rates and shares are in 10^-9, times are Unix
///      seconds.
///
///      A product is a data contract: a STOP byte, a header of 201 bytes and 1 to 120 rows of 16
///      bytes (due, rate, kind, share), see {ProductTable}. For a balance B before a row, the base
///      P, the level L, i = (B * rate + 5 * 10^8) / 10^9 and p = min(B, P * share / 10^9):
///      - LEVEL asks for min(L, B + i), and leaves B + i less that;
///      - SHARE asks for i + p, and leaves B - p;
///      - INTEREST asks for i, and leaves B;
///      - DEFER asks for nothing, and leaves B + i;
///      - REST, which is the last row and no other, asks for B + i, and leaves 0.
///      The level is computed when the first LEVEL row is reached. With d = 10^36, LEVEL, DEFER and
///      REST rows replace d by d * 10^9 / (10^9 + rate) rounded down, S is the sum of d over LEVEL
///      and REST rows, N = B * 10^36 less the sum of d * (P * share / 10^9) over SHARE rows and not
///      below 0: L is N / S, rounded up or half up as the product says.
///
///      Before each step the loan is brought up to the time: rows that ask for nothing pass when
///      they fall due, and a row that is unpaid after its grace costs the late fee, once, until all
///      fees reach the cap.
///      A step that is refused reverts, so it changes nothing; if time alone makes the step
///      possible, the error says from when.
///
///      Assumptions:
///      - a caller passes products that a {IProductBook} published: other bytes of the same shape
///        give results without meaning;
///      - a caller passes loans as the engine returned them, and times that never fall.
interface ILoanEngine {
    /// @notice A step of a loan.
    enum Action {
        /// @notice Pays rows that have begun, then late fees, then later rows.
        Repay,
        /// @notice Closes the loan for its balance, the interest of rows that have begun, and fees.
        Settle,
        /// @notice Pays the running row's interest, lowers the balance, and sets the level anew.
        Prepay,
        /// @notice Postpones all unpaid rows by the running row's time, and defers its interest.
        Holiday,
        /// @notice Makes the settlement the balance of another product's table.
        Restructure,
        /// @notice Makes the settlement the debt that is left to recover.
        Default
    }

    /// @notice Where a loan stands. The engine returns Active and what follows it; the others are
    ///         for whoever keeps loans.
    enum Standing {
        /// @notice Nothing is kept here.
        None,
        /// @notice The application waits for its funding.
        Requested,
        /// @notice The principal was paid out, and the table runs.
        Active,
        /// @notice Everything is paid.
        Repaid,
        /// @notice Default was declared, and a debt is left.
        Defaulted,
        /// @notice Default was declared, and the debt was paid in full afterwards.
        Recovered,
        /// @notice The application ended before it was fully funded.
        Cancelled
    }

    /// @notice Why an amount does not give a schedule that anybody should sign.
    enum Fault {
        /// @notice The last row would ask for nothing.
        LastIsZero,
        /// @notice LEVEL rows would ask for nothing.
        LevelIsZero,
        /// @notice With LEVEL rows alone, the last row asks for more than twice the level.
        LastIsLarge,
        /// @notice A balance with its interest, or everything that is asked for, reaches 2^48.
        TooLarge
    }

    /// @notice A running loan in three words; each part is listed from the highest bit down.
    /// @param terms Product (160 bits), time of release or of the last restructuring (40 bits, Unix
    ///        seconds), time of recovery (40 bits, Unix seconds, 0 before), number of
    ///        restructurings (16 bits).
    /// @param debt Principal lent, base of shares, balance, credit towards the next row, level in
    ///        force or 0 (48 bits each, minor currency units), rows behind the loan, rows whose
    ///        lateness was judged (8 bits each).
    /// @param account Everything paid in, debt left after a default, late fees charged, late fees
    ///        owed (48 bits each, minor currency units), time by which rows moved (40 bits,
    ///        seconds), rows behind the loan at the last holiday or 255, holidays taken, and the
    ///        {Standing} (8 bits each).
    struct Loan {
        uint256 terms;
        uint256 debt;
        uint256 account;
    }

    /// @notice What a step did besides changing the loan.
    /// @param taken Money to pay in, minor currency units.
    /// @param late Number of rows found late.
    /// @param charged Late fees charged for them, minor currency units.
    /// @param token ERC-20 in which the loan is paid.
    /// @param tokens Money to pay in, base units of the token.
    struct Outcome {
        uint256 taken;
        uint256 late;
        uint256 charged;
        address token;
        uint256 tokens;
    }

    /// @notice What a loan of a product would be, before anybody takes it.
    /// @param level The level instalment, minor currency units; 0 without a LEVEL row.
    /// @param burden The amount that the policy judges, minor currency units a month.
    /// @param total Everything that the rows ask for, minor currency units.
    /// @param originationFee What is kept from the principal at release, minor currency units.
    /// @param feeRecipient Who draws that fee; address 0 without a fee.
    /// @param token ERC-20 in which the loan is paid.
    /// @param unit Number of base units of the token in one minor currency unit.
    /// @param fundingWindow Time for which an application can be funded, seconds.
    /// @param proofAge Greatest age of a proof at release, seconds.
    /// @param digest Keccak-256 of the product's header and rows.
    struct Offer {
        uint256 level;
        uint256 burden;
        uint256 total;
        uint256 originationFee;
        address feeRecipient;
        address token;
        uint256 unit;
        uint256 fundingWindow;
        uint256 proofAge;
        bytes32 digest;
    }

    /// @notice One row of a schedule.
    /// @param due When it falls due, seconds after release.
    /// @param amount What it asks for, minor currency units.
    /// @param interest Interest of the row, minor currency units.
    /// @param balance What is outstanding after it, minor currency units.
    struct Instalment {
        uint256 due;
        uint256 amount;
        uint256 interest;
        uint256 balance;
    }

    /// @notice What a loan costs at a time.
    /// @param overdue Unpaid part of the rows that have fallen due, minor currency units.
    /// @param fees Late fees owed, minor currency units.
    /// @param remaining Everything left of the table, and the fees: paying it closes the loan;
    ///        minor currency units.
    /// @param settlement What {Action.Settle} takes, minor currency units.
    /// @param nextDueAt Due time of the next row that asks for something, Unix seconds; 0 if no row
    ///        is left.
    /// @param defaultable Whether default can be declared.
    struct Quote {
        uint256 overdue;
        uint256 fees;
        uint256 remaining;
        uint256 settlement;
        uint256 nextDueAt;
        bool defaultable;
    }

    /// @notice Thrown when an address is not a data contract of a product of version 1.
    /// @param product The address.
    error NotAProduct(address product);
    /// @notice Thrown when a principal, or a debt that is restructured, is outside the product's
    ///         range.
    /// @param principal The amount, minor currency units.
    /// @param least Smallest principal of the product, minor currency units.
    /// @param most Largest principal of the product, minor currency units.
    error PrincipalOutOfRange(uint256 principal, uint256 least, uint256 most);
    /// @notice Thrown when an amount gives a schedule that nobody should sign, or a loan would owe
    ///         2^48 minor units or more.
    /// @param fault What is wrong with it.
    error ScheduleDegenerate(Fault fault);
    /// @notice Thrown when a step that takes money is given 0 or 2^48 or more, or another step is
    ///         given an amount.
    /// @param action The step.
    /// @param amount The amount, minor currency units.
    error AmountInvalid(Action action, uint256 amount);
    /// @notice Thrown when a restructuring lacks a product, or another step is given one.
    /// @param action The step.
    error ProductMisplaced(Action action);
    /// @notice Thrown when a time is before the loan's release, or not below 2^40.
    /// @param time The time, Unix seconds.
    /// @param startedAt The loan's release or last restructuring, Unix seconds.
    error TimeInvalid(uint256 time, uint256 startedAt);
    /// @notice Thrown when a loan does not run, so that it allows no such step.
    /// @param standing Where the loan stands.
    error NotRunning(Standing standing);
    /// @notice Thrown when settling costs more than the caller allowed.
    /// @param settlement What it costs, minor currency units.
    /// @param limit What the caller allowed, minor currency units.
    error SettlementAboveLimit(uint256 settlement, uint256 limit);
    /// @notice Thrown when a prepayment or a holiday is asked for while something is overdue.
    /// @param overdue Unpaid part of the rows that have fallen due, minor currency units.
    /// @param fees Late fees owed, minor currency units.
    error InArrears(uint256 overdue, uint256 fees);
    /// @notice Thrown when a prepayment does not exceed the interest of the running row.
    /// @param amount The prepayment, minor currency units.
    /// @param interest What it must exceed, minor currency units.
    error InterestComesFirst(uint256 amount, uint256 interest);
    /// @notice Thrown when a prepayment pays the whole balance: settle the loan instead.
    /// @param amount The prepayment, minor currency units.
    /// @param settlement What settling costs, minor currency units.
    error PrepaymentSettles(uint256 amount, uint256 settlement);
    /// @notice Thrown when all holidays of the product are taken.
    /// @param holidays Number of holidays that the product gives.
    error HolidaysUsedUp(uint256 holidays);
    /// @notice Thrown when no row was paid since the last holiday.
    /// @param row Number of the row that must be paid first, from 0.
    error HolidayJustTaken(uint256 row);
    /// @notice Thrown when the next row has not begun, because it was paid ahead of it.
    /// @param row Number of the row, from 0.
    /// @param possibleAt When it begins, Unix seconds.
    error RowNotBegun(uint256 row, uint256 possibleAt);
    /// @notice Thrown when a holiday would postpone a row that asks for nothing.
    /// @param row Number of the row, from 0.
    /// @param possibleAt When the row has passed, Unix seconds.
    error RowAsksForNothing(uint256 row, uint256 possibleAt);
    /// @notice Thrown when a holiday is asked for less than a day before the due.
    /// @param row Number of the row, from 0.
    /// @param lastAt Last second at which the holiday was possible, Unix seconds.
    error HolidayTooLate(uint256 row, uint256 lastAt);
    /// @notice Thrown when a restructuring would change the token or its unit.
    /// @param product The other product.
    error TokenDiffers(address product);
    /// @notice Thrown when nothing is unpaid for longer than the product allows.
    /// @param possibleAt When default can be declared if nothing is paid, Unix seconds.
    error DefaultNotYet(uint256 possibleAt);

    /// @notice Returns what a loan of a product would be, or reverts if nobody should take it.
    /// @param product Data contract of the product.
    /// @param principal Amount of the loan, minor currency units.
    /// @return made What the loan would be.
    function offer(address product, uint256 principal)
        external
        view
        returns (Offer memory made);

    /// @notice Returns the rows of a loan of a product; reverts where {offer} does.
    /// @param product Data contract of the product.
    /// @param principal Amount of the loan, minor currency units.
    /// @return The rows in the order of their dues.
    function schedule(address product, uint256 principal)
        external
        view
        returns (Instalment[] memory);

    /// @notice Returns the loan after a step, and what the step did.
    /// @param action The step.
    /// @param loan The loan before it.
    /// @param amount For Repay and Prepay what is offered, for Settle the most that may be taken,
    ///        for the others 0; minor currency units.
    /// @param time When the step happens, Unix seconds.
    /// @param product For Restructure the other product, for the others address 0.
    /// @return next The loan after it.
    /// @return outcome What the step did.
    function run(
        Action action,
        Loan calldata loan,
        uint256 amount,
        uint256 time,
        address product
    ) external view returns (Loan memory next, Outcome memory outcome);

    /// @notice Returns what a loan costs at a time; zeros if nothing is left to pay.
    /// @param loan The loan.
    /// @param time The time, Unix seconds.
    /// @return costs What it costs.
    function quote(Loan calldata loan, uint256 time)
        external
        view
        returns (Quote memory costs);
}
