// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {ApplicationWords} from "../src/libraries/ApplicationWords.sol";
import {LoanWords} from "../src/libraries/LoanWords.sol";
import {PartyWord} from "../src/libraries/PartyWord.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {LoanMarket} from "../src/market/LoanMarket.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {MarketHandler} from "./support/MarketHandler.sol";
import {Mintable} from "./support/Mintable.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev L1 to L10: what holds after any sequence of calls.
contract LoanMarketInvariantTest is TestBase {
    using LoanWords for ILoanEngine.Loan;
    using ProductTable for ProductTable.Product;

    uint256 private constant UNIT = 10_000;
    MarketHandler private handler;
    LoanMarket private market;
    ILoanEngine private engine;

    function setUp() public {
        handler = new MarketHandler();
        market = handler.theMarket();
        engine = market.engine();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantMoneyIsWhereTheBooksSay() public {
        checkMoney();
    }

    function invariantLoansCanBePaidAndClose() public view {
        checkLoans();
    }

    function invariantTermsAndRecordsAgree() public view {
        checkTermsAndRecords();
    }

    /// @dev The campaigns above may wander; this one is long enough to have been everywhere.
    function testALongLifeReachesEveryState() public {
        uint256[7] memory reached;
        for (uint256 i = 0; i < 1_200; ++i) {
            handler.step(uint256(keccak256(abi.encode("life", i))));
            if (i % 40 != 0) continue;
            checkMoney();
            checkLoans();
            checkTermsAndRecords();
            for (uint256 id = 1; id <= market.loanCount(); ++id) {
                reached[uint256(standingOf(LoanId.wrap(id)))] += 1;
            }
        }
        for (uint256 standing = 1; standing < 7; ++standing) {
            string memory name = vm.toString(standing);
            assertTrue(reached[standing] > 0, string.concat("never reached: ", name));
        }
        assertLe(200, handler.done(), "successful calls");
    }

    // --- what a loan is -----------------------------------------------------------------------

    function loanOf(LoanId loanId) private view returns (ILoanEngine.Loan memory) {
        ILoanMarket.Entry memory kept = market.entry(loanId);
        return ILoanEngine.Loan(kept.terms, kept.debt, kept.account);
    }

    function standingOf(LoanId loanId) private view returns (ILoanEngine.Standing) {
        ILoanMarket.Entry memory kept = market.entry(loanId);
        ILoanMarket.Stage stage = PartyWord.stageOf(kept.party);
        if (stage == ILoanMarket.Stage.Released) return loanOf(loanId).unpack().standing;
        bool over = block.timestamp > ApplicationWords.deadlineOf(kept.terms);
        if (stage == ILoanMarket.Stage.Cancelled || over) return ILoanEngine.Standing.Cancelled;
        return ILoanEngine.Standing.Requested;
    }

    function isOpen(ILoanEngine.Standing standing) private pure returns (bool) {
        return standing == ILoanEngine.Standing.Active
            || standing == ILoanEngine.Standing.Defaulted;
    }

    function clockOf(LoanId loanId) private view returns (uint256 clock) {
        (clock,) = market.clockOf(tokenOf(loanId));
    }

    function tokenOf(LoanId loanId) private view returns (address) {
        address product = ApplicationWords.productOf(market.entry(loanId).terms);
        return ProductTable.read(product).account(ProductTable.TOKEN);
    }

    /// @dev Tokens that a loan holds: what came in, less what went out to its lenders.
    function holding(LoanId loanId) private view returns (uint256) {
        ILoanMarket.Entry memory kept = market.entry(loanId);
        uint256 cameIn;
        if (PartyWord.stageOf(kept.party) == ILoanMarket.Stage.Released) {
            cameIn = loanOf(loanId).unpack().received;
        } else {
            cameIn = ApplicationWords.unpack(kept.terms, kept.debt).funded;
        }
        return cameIn * UNIT - handler.paidOutTokens(loanId);
    }

    // --- L1 to L3 -----------------------------------------------------------------------------

    function checkMoney() private {
        address[2] memory tokens = [handler.tokenAt(0), handler.tokenAt(1)];
        uint256[2] memory sums;
        uint256 loans = market.loanCount();
        uint256[] memory claims = new uint256[](loans + 1);
        uint256[] memory count = new uint256[](loans + 1);
        uint256[] memory amounts = new uint256[](loans + 1);
        for (uint256 id = 1; id <= market.positionCount(); ++id) {
            ILoanMarket.Position memory p = market.position(PositionId.wrap(id));
            if (p.lender == address(0)) continue;
            claims[p.loanId] += market.withdrawable(PositionId.wrap(id));
            count[p.loanId] += 1;
            amounts[p.loanId] += p.amount;
        }
        for (uint256 id = 1; id <= loans; ++id) {
            LoanId loanId = LoanId.wrap(id);
            ILoanEngine.Standing standing = standingOf(loanId);
            uint256 held = holding(loanId);
            uint256 waits = PartyWord.undrawnOf(market.entry(loanId).party);
            sums[tokenOf(loanId) == tokens[0] ? 0 : 1] += held + waits * UNIT;
            checkPositions(loanId, amounts[id]);
            if (standing == ILoanEngine.Standing.Requested) continue;
            assertLe(claims[id], held, "L2_claims_never_exceed_holdings");
            if (isOpen(standing)) assertLe(held, claims[id] + count[id], "L2 dust");
            else assertEq(claims[id], held, "L2_closed_divide_exactly");
        }
        sums[1] += market.feesOf(address(0xFEE), tokens[1]);
        assertEq(Mintable(tokens[0]).balanceOf(address(market)), sums[0], "L1_market_holds");
        // less than a cent of each payment that the token shortened may be nobody's
        assertLe(sums[1], Mintable(tokens[1]).balanceOf(address(market)), "L1_market_holds");
        handler.note();
    }

    /// @dev Positions fill the principal, before the release as far as they go.
    function checkPositions(LoanId loanId, uint256 amounts) private view {
        ILoanMarket.Entry memory kept = market.entry(loanId);
        ApplicationWords.State memory asked = ApplicationWords.unpack(kept.terms, kept.debt);
        if (PartyWord.stageOf(kept.party) == ILoanMarket.Stage.Released) {
            assertEq(amounts, asked.principal, "released when full");
            uint256 received = loanOf(loanId).unpack().received;
            assertEq(received, handler.paidIn(loanId), "received is what was paid");
            assertTrue(received >= handler.seen(loanId), "L3_received_never_falls");
        } else {
            assertEq(amounts, asked.funded, "funded");
            assertTrue(asked.funded < asked.principal, "full but not released");
            if (asked.gap == 0) assertEq(asked.reached, asked.funded, "no gap");
        }
    }

    // --- L4 to L8 -----------------------------------------------------------------------------

    function checkLoans() private view {
        for (uint256 id = 1; id <= market.loanCount(); ++id) {
            LoanId loanId = LoanId.wrap(id);
            if (!isOpen(standingOf(loanId))) continue;
            ILoanEngine.Loan memory loan = loanOf(loanId);
            uint256 clock = clockOf(loanId);
            ILoanEngine.Quote memory now_ = engine.quote(loan, clock);
            ILoanEngine.Quote memory later = engine.quote(loan, clock + 10 days);
            assertTrue(later.remaining >= now_.remaining, "L6_late_is_never_cheaper");
            assertTrue(later.settlement >= now_.settlement, "L6_late_is_never_cheaper");
            after_(ILoanEngine.Action.Repay, loan, now_.remaining, clock);
            if (loan.unpack().standing != ILoanEngine.Standing.Active) continue;
            // a limit is never nothing, also where a credit covers what settling costs
            uint256 limit = now_.settlement == 0 ? 1 : now_.settlement;
            after_(ILoanEngine.Action.Settle, loan, limit, clock);
            checkRows(loan.unpack());
        }
    }

    /// @dev One cent is taken, and the quote closes.
    function after_(
        ILoanEngine.Action action,
        ILoanEngine.Loan memory loan,
        uint256 price,
        uint256 clock
    ) private view {
        (ILoanEngine.Loan memory next,) = engine.run(action, loan, price, clock, address(0));
        ILoanEngine.Standing standing = next.unpack().standing;
        assertTrue(
            standing == ILoanEngine.Standing.Repaid || standing == ILoanEngine.Standing.Recovered,
            "L5_paying_the_quote_closes"
        );
        (next,) = engine.run(ILoanEngine.Action.Repay, loan, 1, clock, address(0));
        assertEq(next.unpack().received, loan.unpack().received + 1, "L8_repay_possible");
    }

    function checkRows(LoanWords.State memory state) private view {
        ProductTable.Product memory table = ProductTable.read(state.product);
        uint256 balance = state.balance;
        uint256 level = state.level;
        uint256 asked;
        uint256 interests;
        for (uint256 k = state.paid; k < table.count; ++k) {
            uint256 row = table.rowAt(k);
            if (level == 0 && ProductTable.kindOf(row) == ProductTable.LEVEL) {
                level = table.levelFrom(k, balance, state.base);
            }
            uint256 amount;
            uint256 interest;
            (amount, interest, balance) = ProductTable.runRow(row, balance, state.base, level);
            asked += amount;
            interests += interest;
        }
        assertEq(asked, state.balance + interests, "L4_rows_sum_to_balance_plus_interest");
        assertLe(
            state.feesCharged, table.field(ProductTable.LATE_FEE_CAP), "L7_fees_below_cap"
        );
    }

    // --- L9 and L10 ---------------------------------------------------------------------------

    function checkTermsAndRecords() private view {
        uint256 people = handler.people();
        uint256[] memory expected = new uint256[](people + 1);
        for (uint256 id = 1; id <= market.loanCount(); ++id) {
            LoanId loanId = LoanId.wrap(id);
            ILoanMarket.Entry memory kept = market.entry(loanId);
            address product = ApplicationWords.productOf(kept.terms);
            assertEq(product, handler.agreed(loanId), "L9_terms_change_with_all_signatures");
            ILoanEngine.Standing standing = standingOf(loanId);
            ICreditBureau.State state = ICreditBureau.State.Free;
            if (standing == ILoanEngine.Standing.Requested) state = ICreditBureau.State.Reserved;
            if (standing == ILoanEngine.Standing.Active) state = ICreditBureau.State.Open;
            if (standing == ILoanEngine.Standing.Defaulted) state = ICreditBureau.State.Defaulted;
            if (state == ICreditBureau.State.Free) continue;
            uint256 person = Nullifier.unwrap(kept.nullifier);
            assertEq(expected[person], 0, "one loan at a time");
            expected[person] = uint256(state);
        }
        for (uint256 person = 1; person <= people; ++person) {
            (ICreditBureau.State state,) = market.bureau().stateOf(Nullifier.wrap(person));
            bool free = state == ICreditBureau.State.Free || state == ICreditBureau.State.Recovered;
            assertEq(free ? 0 : uint256(state), expected[person], "L10_bureau_agrees");
            uint256 open = market.bureau().recordOf(Nullifier.wrap(person)).open;
            assertEq(open, expected[person] > 1 ? 1 : 0, "L10_bureau_agrees");
        }
    }
}
