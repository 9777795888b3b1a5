// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../src/interfaces/IConsents.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {IProductBook} from "../src/interfaces/IProductBook.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {PausingToken} from "../src/mocks/OddTokens.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev The findings of claims, relief and consents.
contract LoanMarketMorePromisesTest is MarketFixture {
    PositionId[] private positions;
    IConsents.Consent[] private signatures;

    function setUp() public {
        deployMarket();
    }

    function threeLenders() private returns (LoanId loanId) {
        loanId = applied();
        delete positions;
        positions.push(fundAs(LENDER, loanId, 33_333));
        positions.push(fundAs(OTHER, loanId, 33_334));
        positions.push(fundAs(LENDER, loanId, 33_333));
        market.draw(loanId, BORROWER);
    }

    function withdrawFrom(PositionId positionId) private {
        if (market.withdrawable(positionId) == 0) return;
        address lender = market.position(positionId).lender;
        vm.prank(lender);
        market.withdraw(positionId, lender);
    }

    function restructured(LoanId loanId, address made) private {
        delete signatures;
        signatures.push(restructuringConsent(BORROWER_KEY, loanId, made, 1e9));
        uint256[3] memory keys = [LENDER_KEY, OTHER_KEY, LENDER_KEY];
        for (uint256 i = 0; i < 3; ++i) {
            signatures.push(restructuringConsent(keys[i], loanId, made, 1e9));
        }
        market.restructure(loanId, made, 1e9, positions, signatures);
    }

    /// @dev Wildcat #501, 2024 #64: rounding up, and the last one who could not withdraw.
    function testFuzzTheLastClaimantIsServed(uint256 seed) public {
        LoanId loanId = threeLenders();
        for (uint256 i = 0; i < 12; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 2 == 0) withdrawFrom(positions[(seed >> 8) % 3]);
            else repayAs(BORROWER, loanId, 1 + (seed >> 8) % 9_000);
        }
        repayAs(BORROWER, loanId, 1_000_000);
        for (uint256 i = 0; i < 3; ++i) {
            withdrawFrom(positions[(seed + i) % 3]);
        }
        assertEq(balance(address(market)), 0, "all of it, and no more");
    }

    /// @dev Wildcat #410, 2024 #52: degenerate parameters, and a market nobody could leave.
    function testAMarketWindsDownToZero() public {
        bytes memory header = headerOf(address(token));
        put(header, ProductTable.FUNDING_WINDOW, 0);
        bytes memory data = join(header, monthly("LLR"));
        refused(abi.encodeWithSelector(IProductBook.FieldInvalid.selector, "funding_window"));
        book.publish(data);
        LoanId running = threeLenders();
        LoanId waiting = applyAs(OTHER, product, PRINCIPAL, 2);
        PositionId left = fundAs(LENDER, waiting, 10_000);
        PositionId stayed = fundAs(OTHER, waiting, 10_000);
        vm.prank(OPERATOR);
        market.setNewLoansPaused(true);
        allow(address(token), false);
        vm.warp(START + 1 days);
        vm.prank(LENDER);
        market.takeBack(left, LENDER);
        vm.warp(START + 8 days);
        withdrawFrom(stayed);
        repayAs(BORROWER, running, 1_000_000);
        for (uint256 i = 0; i < 3; ++i) {
            withdrawFrom(positions[i]);
        }
        assertEq(balance(address(market)), 0, "nothing left");
    }

    /// @dev DebtDAO #33, #467: a consent for ever, and a lender who refused the closing.
    function testSettlingNeedsNobody() public {
        LoanId loanId = threeLenders();
        uint256 price = quoteOf(loanId).settlement;
        endow(BORROWER, address(token), price);
        vm.prank(BORROWER);
        market.settle(loanId, BORROWER, price);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Repaid), "repaid");
    }

    /// @dev Spearbit 5.3.8, ECG #756: small payments reverted, and payments without interest.
    function testOneCentIsPaidInEveryState() public {
        bytes memory rows = bytes.concat(
            rowOf(MONTH, 0, 1, 0), rowOf(2 * MONTH, 0, 2, 2e8), rowOf(3 * MONTH, 0, 5, 0)
        );
        address[2] memory products = [product, published(headerOf(address(token)), rows)];
        for (uint256 i = 0; i < 2; ++i) {
            LoanId loanId = applyAs(OTHER, products[i], PRINCIPAL, 50 + i);
            fundAs(LENDER, loanId, PRINCIPAL);
            uint256 start = block.timestamp;
            uint256[5] memory times = [0, MONTH - 1, MONTH, MONTH + 6 days, MONTH + 90 days];
            for (uint256 k = 0; k < times.length; ++k) {
                vm.warp(start + times[k]);
                assertEq(repayAs(BORROWER, loanId, 1), 1, "one cent");
            }
            market.markDefault(loanId);
            assertEq(repayAs(BORROWER, loanId, 1), 1, "one cent of the debt");
            postRoot(60 + i);
        }
    }

    /// @dev Huma 5.3.27, Cantina 3.3.3: an excess that was lost, and stale commitments.
    function testARestructuringKeepsTheCreditAndKillsItsAlternatives() public {
        LoanId loanId = threeLenders();
        address made = published(headerOf(address(token)), monthly("LLLLR"));
        address other = published(headerOf(address(token)), monthly("LLLR"));
        repayAs(BORROWER, loanId, 500);
        IConsents.Consent memory alternative = consentWith(
            BORROWER_KEY,
            restructuringDeed(BORROWER, loanId, other, 1e9),
            numbers + 1,
            block.timestamp + 1 days
        );
        restructured(loanId, made);
        assertEq(stateOf(loanId).balance, PRINCIPAL + 1_000 - 500, "less what was paid");
        signatures[0] = alternative;
        refused(
            abi.encodeWithSelector(
                IConsents.ConsentUsed.selector, BORROWER, alternative.nonce
            )
        );
        market.restructure(loanId, other, 1e9, positions, signatures);
    }

    /// @dev DebtDAO #258, #69: credit closed without repayment, and an order of positions that failed.
    function testClosedMeansPaid() public {
        LoanId loanId = threeLenders();
        vm.warp(START + MONTH + 60 days + 1);
        withdrawAllBackwards();
        market.markDefault(loanId);
        uint256 debt = stateOf(loanId).recoveryOwed;
        repayAs(BORROWER, loanId, debt / 2);
        withdrawAllBackwards();
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Defaulted), "not paid");
        repayAs(BORROWER, loanId, debt);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Recovered), "paid");
        assertEq(stateOf(loanId).received, debt, "all of the debt");
        withdrawAllBackwards();
        assertEq(balance(address(market)), 0, "divided");
    }

    function withdrawAllBackwards() private {
        for (uint256 i = 3; i > 0; --i) {
            withdrawFrom(positions[i - 1]);
        }
    }

    /// @dev Fineract #5360, #5618: rows that no longer summed to the debt after relief.
    function testFuzzPayingTheRowsClosesTheLoanAfterRelief(uint256 seed) public {
        address made = published(headerOf(address(token)), monthly("LSILLDR"));
        LoanId loanId = threeLenders();
        endow(BORROWER, address(token), 10_000_000);
        for (uint256 i = 0; i < 5; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            vm.warp(block.timestamp + seed % MONTH);
            relieve(loanId, made, seed >> 64);
        }
        while (standingOf(loanId) == uint256(ILoanEngine.Standing.Active)) {
            uint256 left = quoteOf(loanId).remaining;
            uint256 dueAt = quoteOf(loanId).nextDueAt;
            if (dueAt > block.timestamp) vm.warp(dueAt);
            uint256 owed = quoteOf(loanId).overdue + quoteOf(loanId).fees;
            vm.prank(BORROWER);
            uint256 paid = market.repay(loanId, BORROWER, owed);
            assertEq(paid, owed, "what fell due is taken");
            bool over = standingOf(loanId) == uint256(ILoanEngine.Standing.Repaid);
            assertTrue(over == (paid >= left), "closed when the rest is paid");
        }
        assertEq(stateOf(loanId).balance, 0, "balance");
    }

    function relieve(LoanId loanId, address made, uint256 seed) private {
        if (seed % 5 == 0) {
            restructured(loanId, made);
            return;
        }
        bytes memory data = abi.encodeCall(market.takeHoliday, (loanId));
        if (seed % 5 == 1) data = abi.encodeCall(market.prepay, (loanId, BORROWER, 15_000));
        if (seed % 5 > 2) data = abi.encodeCall(market.repay, (loanId, BORROWER, 9_000));
        vm.prank(BORROWER);
        (bool ok, bytes memory answer) = address(market).call(data);
        assertTrue(ok || answer.length > 4, "refused with a reason");
    }

    /// @dev A token that stood still took nobody's money and no deadline.
    function testAStandstillCostsNobody() public {
        PausingToken odd = new PausingToken();
        (LoanId loanId,) = runningLoanOf(published(headerOf(address(odd)), monthly("LLR")));
        vm.warp(START + MONTH - 1 days);
        odd.setPaused(true);
        vm.prank(OPERATOR);
        market.giveNotice(address(odd), START + MONTH + 20 days);
        vm.warp(START + MONTH + 20 days);
        odd.setPaused(false);
        repayAs(BORROWER, loanId, quoteOf(loanId).remaining);
        assertEq(recordOf(1).late, 0, "late");
        assertEq(stateOf(loanId).feesCharged, 0, "fees");
    }
}
