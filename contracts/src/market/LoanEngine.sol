// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanEngine} from "../interfaces/ILoanEngine.sol";
import {LoanWords} from "../libraries/LoanWords.sol";
import {ProductTable} from "../libraries/ProductTable.sol";

/// @title Engine of loans whose product is a table of rows
/// @dev The names are those of `zkcredit.loan.running` and `zkcredit.loan.life`, which compute the
///      same in Python: a walk runs the table on from the present balance, as if every row were
///      paid in full. A row has begun when the row before it has fallen due, and row 0 at release.
contract LoanEngine is ILoanEngine {
    using LoanWords for Loan;
    using LoanWords for LoanWords.State;
    using ProductTable for ProductTable.Product;

    /// @notice A place in the rows ahead of a loan, and what the row there does.
    /// @param next Number of the row after it.
    /// @param balance Balance after the row, minor currency units.
    /// @param credit Credit left after the row, minor currency units.
    /// @param level The level in force, minor currency units; 0 before the first LEVEL row.
    /// @param amount What the row asks for, minor currency units.
    /// @param interest Interest of the row, minor currency units.
    /// @param used Credit that the row uses, minor currency units.
    /// @param beginsAt When the row begins, Unix seconds.
    /// @param dueAt When the row falls due, Unix seconds.
    struct Walk {
        uint256 next;
        uint256 balance;
        uint256 credit;
        uint256 level;
        uint256 amount;
        uint256 interest;
        uint256 used;
        uint256 beginsAt;
        uint256 dueAt;
    }

    /// @notice What a table gives for a principal.
    /// @param level The level instalment, minor currency units.
    /// @param total The sum of all amounts, minor currency units.
    /// @param peak The largest amount, minor currency units.
    /// @param rows The rows, if they are asked for.
    struct Plan {
        uint256 level;
        uint256 total;
        uint256 peak;
        Instalment[] rows;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant TIME_LIMIT = 1 << 40;

    // --- before a loan ------------------------------------------------------------------------

    /// @inheritdoc ILoanEngine
    function offer(address product, uint256 principal) external view returns (Offer memory made) {
        ProductTable.Product memory table = ProductTable.read(product);
        Plan memory plan = _planWithinRange(table, principal, false);
        made.level = plan.level;
        made.burden = _burdenOf(table, plan);
        made.total = plan.total;
        made.originationFee = principal * table.field(ProductTable.ORIGINATION_BPS) / BPS;
        made.feeRecipient = table.account(ProductTable.FEE_RECIPIENT);
        made.token = table.account(ProductTable.TOKEN);
        made.unit = table.field(ProductTable.TOKEN_UNIT);
        made.fundingWindow = table.field(ProductTable.FUNDING_WINDOW);
        made.proofAge = table.field(ProductTable.PROOF_AGE);
        made.digest = table.digest();
    }

    /// @inheritdoc ILoanEngine
    function schedule(address product, uint256 principal)
        external
        view
        returns (Instalment[] memory)
    {
        return _planWithinRange(ProductTable.read(product), principal, true).rows;
    }

    // --- a loan's life ------------------------------------------------------------------------

    /// @inheritdoc ILoanEngine
    function run(
        Action action,
        Loan calldata loan,
        uint256 amount,
        uint256 time,
        address product
    ) external view returns (Loan memory next, Outcome memory outcome) {
        _requireForm(action, amount, product);
        LoanWords.State memory state = loan.unpack();
        ProductTable.Product memory table = ProductTable.read(state.product);
        if (action == Action.Repay && state.standing == Standing.Defaulted) {
            outcome.taken = _recover(state, amount, time);
        } else {
            (outcome.late, outcome.charged) = _bringUp(table, state, time);
            if (action == Action.Repay) {
                outcome.taken = _repay(table, state, amount, time);
            } else if (action == Action.Settle) {
                outcome.taken = _settle(table, state, amount, time);
            } else if (action == Action.Prepay) {
                _prepay(table, state, amount, time);
                outcome.taken = amount;
            } else if (action == Action.Holiday) {
                _postpone(table, state, time);
            } else if (action == Action.Restructure) {
                state = _restructure(table, state, time, product);
            } else {
                _default(table, state, time);
            }
        }
        outcome.token = table.account(ProductTable.TOKEN);
        outcome.tokens = outcome.taken * table.field(ProductTable.TOKEN_UNIT);
        next = state.pack();
    }

    /// @inheritdoc ILoanEngine
    function quote(Loan calldata loan, uint256 time) external view returns (Quote memory costs) {
        LoanWords.State memory state = loan.unpack();
        if (state.standing == Standing.Defaulted) {
            costs.remaining = state.recoveryOwed;
            costs.settlement = state.recoveryOwed;
        }
        if (state.standing != Standing.Active) return costs;
        ProductTable.Product memory table = ProductTable.read(state.product);
        _bringUp(table, state, time);
        costs.overdue = _overdue(table, state, time);
        costs.fees = state.feesOwed;
        (costs.remaining, costs.nextDueAt) = _ahead(table, state);
        costs.remaining += state.feesOwed;
        costs.settlement = _settlement(table, state, time);
        (costs.defaultable,) = _defaultable(table, state, time);
    }

    // --- schedules ----------------------------------------------------------------------------

    function _planWithinRange(
        ProductTable.Product memory table,
        uint256 principal,
        bool withRows
    ) private pure returns (Plan memory) {
        uint256 least = table.field(ProductTable.MIN_PRINCIPAL);
        uint256 most = table.field(ProductTable.MAX_PRINCIPAL);
        if (principal < least || principal > most) {
            revert PrincipalOutOfRange(principal, least, most);
        }
        return _planOf(table, principal, withRows);
    }

    function _planOf(ProductTable.Product memory table, uint256 principal, bool withRows)
        private
        pure
        returns (Plan memory plan)
    {
        uint256 count = table.count;
        if (withRows) plan.rows = new Instalment[](count);
        uint256 balance = principal;
        uint256 amount;
        bool levelled;
        bool onlyLevels = count > 1;
        for (uint256 k = 0; k < count; ++k) {
            uint256 row = table.rowAt(k);
            uint256 kind = ProductTable.kindOf(row);
            if (kind == ProductTable.LEVEL) {
                if (!levelled) plan.level = table.levelFrom(k, balance, principal);
                levelled = true;
            } else if (k + 1 < count) {
                onlyLevels = false;
            }
            uint256 interest;
            (amount, interest, balance) =
                ProductTable.runRow(row, balance, principal, plan.level);
            plan.total += amount;
            if (amount > plan.peak) plan.peak = amount;
            if (withRows) {
                plan.rows[k] = Instalment(ProductTable.dueOf(row), amount, interest, balance);
            }
        }
        if (amount == 0) revert ScheduleDegenerate(Fault.LastIsZero);
        if (levelled && plan.level == 0) revert ScheduleDegenerate(Fault.LevelIsZero);
        if (onlyLevels && amount > 2 * plan.level) revert ScheduleDegenerate(Fault.LastIsLarge);
        if (plan.total > ProductTable.MAX_AMOUNT) revert ScheduleDegenerate(Fault.TooLarge);
    }

    function _burdenOf(ProductTable.Product memory table, Plan memory plan)
        private
        pure
        returns (uint256)
    {
        uint256 rule = table.field(ProductTable.BURDEN);
        if (rule == ProductTable.BURDEN_LEVEL) return plan.level;
        if (rule != ProductTable.BURDEN_AVERAGE) return plan.peak;
        uint256 last = ProductTable.dueOf(table.rowAt(table.count - 1));
        return (plan.total * ProductTable.MONTH + last - 1) / last;
    }

    // --- the rows ahead -----------------------------------------------------------------------

    function _walk(ProductTable.Product memory table, LoanWords.State memory state)
        private
        pure
        returns (Walk memory walk)
    {
        walk.next = state.paid;
        walk.balance = state.balance;
        walk.credit = state.credit;
        walk.level = state.level;
        walk.dueAt = state.startedAt + state.shift;
        if (state.paid != 0) walk.dueAt += ProductTable.dueOf(table.rowAt(state.paid - 1));
    }

    /// @dev Goes on to the next row, and returns whether there is one.
    function _step(
        ProductTable.Product memory table,
        LoanWords.State memory state,
        Walk memory walk
    ) private pure returns (bool) {
        uint256 number = walk.next;
        if (number >= table.count) return false;
        uint256 row = table.rowAt(number);
        if (walk.level == 0 && ProductTable.kindOf(row) == ProductTable.LEVEL) {
            walk.level = table.levelFrom(number, walk.balance, state.base);
        }
        (walk.amount, walk.interest, walk.balance) =
            ProductTable.runRow(row, walk.balance, state.base, walk.level);
        walk.used = _min(walk.credit, walk.amount);
        walk.credit -= walk.used;
        walk.next = number + 1;
        walk.beginsAt = walk.dueAt;
        walk.dueAt = _dueAt(state, row);
        return true;
    }

    /// @dev Unpaid part of the rows that have fallen due, the due second included.
    function _overdue(
        ProductTable.Product memory table,
        LoanWords.State memory state,
        uint256 time
    ) private pure returns (uint256 sum) {
        Walk memory walk = _walk(table, state);
        while (_step(table, state, walk) && walk.dueAt <= time) sum += walk.amount - walk.used;
    }

    /// @dev Unpaid part of all rows, and when the first of them falls due that has one.
    function _ahead(ProductTable.Product memory table, LoanWords.State memory state)
        private
        pure
        returns (uint256 sum, uint256 nextDueAt)
    {
        Walk memory walk = _walk(table, state);
        while (_step(table, state, walk)) {
            uint256 open = walk.amount - walk.used;
            if (open != 0 && nextDueAt == 0) nextDueAt = walk.dueAt;
            sum += open;
        }
    }

    /// @dev What closes the loan. Late fees must have been judged. A credit above balance and
    ///      interest is not paid back.
    function _settlement(
        ProductTable.Product memory table,
        LoanWords.State memory state,
        uint256 time
    ) private pure returns (uint256 sum) {
        sum = state.balance;
        Walk memory walk = _walk(table, state);
        while (walk.dueAt <= time && _step(table, state, walk)) sum += walk.interest;
        sum = sum > state.credit ? sum - state.credit : 0;
        sum += state.feesOwed;
    }

    /// @dev Whether default can be declared, and otherwise when, if nothing is paid.
    function _defaultable(
        ProductTable.Product memory table,
        LoanWords.State memory state,
        uint256 time
    ) private pure returns (bool, uint256 possibleAt) {
        Walk memory walk = _walk(table, state);
        bool found;
        while (!found && _step(table, state, walk)) found = walk.amount > walk.used;
        // without an unpaid row, fees stand from the last row's due; without fees, nothing does
        uint256 dueAt = found ? walk.dueAt : _dueAt(state, table.rowAt(table.count - 1));
        possibleAt = dueAt + table.field(ProductTable.DEFAULT_AFTER) + 1;
        return ((found || state.feesOwed != 0) && possibleAt <= time, possibleAt);
    }

    // --- before every step --------------------------------------------------------------------

    /// @dev Which steps take money, and which a product.
    function _requireForm(Action action, uint256 amount, address product) private pure {
        bool pays =
            action == Action.Repay || action == Action.Settle || action == Action.Prepay;
        if (pays ? amount == 0 || amount > ProductTable.MAX_AMOUNT : amount != 0) {
            revert AmountInvalid(action, amount);
        }
        if ((product != address(0)) != (action == Action.Restructure)) {
            revert ProductMisplaced(action);
        }
    }

    function _requireTime(LoanWords.State memory state, uint256 time) private pure {
        if (time < state.startedAt || time >= TIME_LIMIT) {
            revert TimeInvalid(time, state.startedAt);
        }
    }

    /// @dev Passes rows that ask for nothing and have fallen due, judges lateness, charges its fee.
    function _bringUp(
        ProductTable.Product memory table,
        LoanWords.State memory state,
        uint256 time
    ) private pure returns (uint256 late, uint256 charged) {
        _requireTime(state, time);
        if (state.standing != Standing.Active) revert NotRunning(state.standing);
        uint256 grace = table.field(ProductTable.GRACE);
        uint256 assessed = state.assessed;
        bool passing = true;
        Walk memory walk = _walk(table, state);
        while (_step(table, state, walk)) {
            if (passing && walk.amount == 0 && walk.dueAt <= time) {
                state.paid = walk.next;
                state.balance = walk.balance;
                continue;
            }
            passing = false;
            if (walk.dueAt + grace >= time) break;
            if (walk.amount == walk.used) continue;
            if (walk.next > assessed) ++late;
            if (walk.next > state.assessed) state.assessed = walk.next;
        }
        charged = _min(
            late * table.field(ProductTable.LATE_FEE),
            table.field(ProductTable.LATE_FEE_CAP) - state.feesCharged
        );
        state.feesCharged += charged;
        state.feesOwed += charged;
    }

    // --- money --------------------------------------------------------------------------------

    /// @dev Pays rows in order, all of them or those that have begun, and returns what it spent.
    ///      What does not cover a row is kept as credit.
    function _payRows(
        ProductTable.Product memory table,
        LoanWords.State memory state,
        bool onlyBegun,
        uint256 time,
        uint256 budget
    ) private pure returns (uint256 spent) {
        // the first row that asks for something takes nothing then
        if (budget == 0 && state.credit == 0) return 0;
        Walk memory walk = _walk(table, state);
        while ((!onlyBegun || walk.dueAt <= time) && _step(table, state, walk)) {
            // a row that asks for nothing is passed with the next that asks for something
            if (walk.amount == 0) continue;
            uint256 open = walk.amount - walk.used;
            if (open > budget - spent) {
                state.credit += budget - spent;
                return budget;
            }
            spent += open;
            state.paid = walk.next;
            state.balance = walk.balance;
            state.credit -= walk.used;
            state.level = _min(walk.level, ProductTable.MAX_AMOUNT);
        }
    }

    function _repay(
        ProductTable.Product memory table,
        LoanWords.State memory state,
        uint256 amount,
        uint256 time
    ) private pure returns (uint256 taken) {
        taken = _payRows(table, state, true, time, amount);
        uint256 fees = _min(state.feesOwed, amount - taken);
        state.feesOwed -= fees;
        taken += fees;
        taken += _payRows(table, state, false, time, amount - taken);
        state.received += taken;
        _closeIfPaid(table, state);
    }

    function _settle(
        ProductTable.Product memory table,
        LoanWords.State memory state,
        uint256 limit,
        uint256 time
    ) private pure returns (uint256 taken) {
        taken = _settlement(table, state, time);
        if (taken > limit) revert SettlementAboveLimit(taken, limit);
        state.balance = 0;
        state.credit = 0;
        state.feesOwed = 0;
        state.received += taken;
        _closeIfPaid(table, state);
    }

    function _closeIfPaid(ProductTable.Product memory table, LoanWords.State memory state)
        private
        pure
    {
        if (state.feesOwed != 0 || (state.balance != 0 && state.paid < table.count)) return;
        state.standing = Standing.Repaid;
        state.paid = table.count;
    }

    function _prepay(
        ProductTable.Product memory table,
        LoanWords.State memory state,
        uint256 amount,
        uint256 time
    ) private pure {
        _requireNoArrears(table, state, time);
        uint256 row = table.rowAt(state.paid);
        bool running = _walk(table, state).dueAt <= time;
        uint256 interest = running ? ProductTable.interestRoundedHalfUp(state.balance, row) : 0;
        uint256 money = amount + state.credit;
        if (money <= interest) revert InterestComesFirst(amount, interest - state.credit);
        money -= interest;
        if (money >= state.balance) {
            revert PrepaymentSettles(amount, _settlement(table, state, time));
        }
        uint256 balance = state.balance - money;
        state.base = state.base * balance / state.balance;
        state.balance = balance;
        // the running row's interest is paid, on what is left of the balance too
        state.credit = running ? ProductTable.interestRoundedHalfUp(balance, row) : 0;
        state.level = 0;
        state.received += amount;
        _payRows(table, state, true, time, 0);
    }

    function _recover(LoanWords.State memory state, uint256 amount, uint256 time)
        private
        pure
        returns (uint256 taken)
    {
        _requireTime(state, time);
        taken = _min(amount, state.recoveryOwed);
        state.recoveryOwed -= taken;
        state.received += taken;
        if (state.recoveryOwed == 0) {
            state.standing = Standing.Recovered;
            state.recoveredAt = time;
        }
    }

    // --- relief and default -------------------------------------------------------------------

    function _requireNoArrears(
        ProductTable.Product memory table,
        LoanWords.State memory state,
        uint256 time
    ) private pure {
        uint256 overdue = _overdue(table, state, time);
        if (overdue != 0 || state.feesOwed != 0) revert InArrears(overdue, state.feesOwed);
    }

    function _postpone(
        ProductTable.Product memory table,
        LoanWords.State memory state,
        uint256 time
    ) private pure {
        uint256 given = table.field(ProductTable.HOLIDAYS);
        if (state.holidays >= given) revert HolidaysUsedUp(given);
        _requireNoArrears(table, state, time);
        uint256 number = state.paid;
        if (state.held == number) revert HolidayJustTaken(number);
        uint256 row = table.rowAt(number);
        uint256 beginsAt = _walk(table, state).dueAt;
        uint256 dueAt = _dueAt(state, row);
        if (beginsAt > time) revert RowNotBegun(number, beginsAt);
        if (ProductTable.kindOf(row) == ProductTable.DEFER) revert RowAsksForNothing(number, dueAt);
        if (time + 1 days > dueAt) revert HolidayTooLate(number, dueAt - 1 days);
        state.balance += ProductTable.interestRoundedHalfUp(state.balance, row);
        state.balance -= state.credit;
        state.credit = 0;
        state.level = 0;
        state.shift += dueAt - beginsAt;
        state.holidays += 1;
        state.held = number;
        _requireBounded(table, state);
    }

    function _restructure(
        ProductTable.Product memory table,
        LoanWords.State memory state,
        uint256 time,
        address product
    ) private view returns (LoanWords.State memory next) {
        ProductTable.Product memory other = ProductTable.read(product);
        if (
            other.field(ProductTable.TOKEN) != table.field(ProductTable.TOKEN)
                || other.field(ProductTable.TOKEN_UNIT) != table.field(ProductTable.TOKEN_UNIT)
        ) revert TokenDiffers(product);
        uint256 debt = _settlement(table, state, time);
        _planWithinRange(other, debt, false);
        next = LoanWords.start(product, debt, time);
        next.principal = state.principal;
        next.received = state.received;
        next.restructured = state.restructured + 1;
        _requireBounded(other, next);
    }

    function _default(
        ProductTable.Product memory table,
        LoanWords.State memory state,
        uint256 time
    ) private pure {
        (bool due, uint256 possibleAt) = _defaultable(table, state, time);
        if (!due) revert DefaultNotYet(possibleAt);
        state.recoveryOwed = _settlement(table, state, time);
        state.standing = Standing.Defaulted;
        state.credit = 0;
        state.feesOwed = 0;
    }

    /// @dev Whatever was paid and can still be asked for stays below 2^48.
    function _requireBounded(ProductTable.Product memory table, LoanWords.State memory state)
        private
        pure
    {
        (uint256 ahead,) = _ahead(table, state);
        uint256 fees = _min(
            table.field(ProductTable.LATE_FEE_CAP),
            table.field(ProductTable.LATE_FEE) * table.count
        );
        if (state.received + ahead + fees > ProductTable.MAX_AMOUNT) {
            revert ScheduleDegenerate(Fault.TooLarge);
        }
    }

    // --- small parts --------------------------------------------------------------------------

    function _dueAt(LoanWords.State memory state, uint256 row) private pure returns (uint256) {
        return state.startedAt + ProductTable.dueOf(row) + state.shift;
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
