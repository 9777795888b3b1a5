// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {IRelay} from "../src/interfaces/IRelay.sol";
import {Requirements} from "../src/libraries/Requirements.sol";
import {Relay} from "../src/market/Relay.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";
import {cheats} from "./support/MoreCheats.sol";
import {PermitToken} from "./support/PermitToken.sol";

/// @dev Paying with a signed permit.
contract RelayTest is MarketFixture {
    Relay private relay;
    PermitToken private permitted;
    LoanId private loanId;

    function setUp() public {
        deployMarket();
        relay = new Relay(market);
        permitted = new PermitToken();
        product = published(headerOf(address(permitted)), monthly("LLLLLLLLLLLR"));
        loanId = applied();
        permitted.mint(BORROWER, 1e12);
        permitted.mint(LENDER, 1e12);
    }

    function released() private {
        fundAs(LENDER, loanId, PRINCIPAL);
    }

    function permitOf(uint256 key, uint256 amount) private view returns (IRelay.Permit memory p) {
        p.owner = cheats.addr(key);
        p.deadline = block.timestamp + 600;
        bytes32 kind = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        uint256 nonce = permitted.nonces(p.owner);
        bytes32 data =
            keccak256(abi.encode(kind, p.owner, relay, amount * UNIT, nonce, p.deadline));
        bytes32 digest =
            keccak256(abi.encodePacked(hex"1901", permitted.DOMAIN_SEPARATOR(), data));
        (p.v, p.r, p.s) = vm.sign(key, digest);
    }

    function requireEmpty() private view {
        assertEq(permitted.balanceOf(address(relay)), 0, "keeps nothing");
        assertEq(permitted.allowance(address(relay), address(market)), 0, "allows nothing");
    }

    function testARelayNeedsAMarket() public {
        vm.expectRevert(abi.encodeWithSelector(Requirements.NotAContract.selector, BORROWER));
        new Relay(ILoanMarket(BORROWER));
        vm.expectRevert(abi.encodeWithSelector(Requirements.WrongKind.selector, token));
        new Relay(ILoanMarket(address(token)));
    }

    /// @dev Union 2024-06 #43: repaying with a permit computed another interest.
    function testARelayedRepaymentIsTheDirectOne() public {
        released();
        vm.warp(START + MONTH + 6 days);
        (ILoanEngine.Loan memory expected,) = engine.run(
            ILoanEngine.Action.Repay, loanOf(loanId), 9_000, block.timestamp, NONE
        );
        IRelay.Permit memory p = permitOf(BORROWER_KEY, 9_000);
        vm.prank(STRANGER); // the borrower sends nothing
        assertEq(relay.repayWithPermit(loanId, BORROWER, 9_000, p), 9_000, "paid");
        assertEq(loanOf(loanId).debt, expected.debt, "debt");
        assertEq(loanOf(loanId).account, expected.account, "account");
        requireEmpty();
    }

    /// @dev Union 2024-06 #65: whoever used the permit first stopped the call.
    function testASpentPermitDoesNotStopACoveredCall() public {
        released();
        IRelay.Permit memory p = permitOf(BORROWER_KEY, 9_000);
        permitted.permit(BORROWER, address(relay), 9_000 * UNIT, p.deadline, p.v, p.r, p.s);
        vm.prank(STRANGER);
        assertEq(relay.repayWithPermit(loanId, BORROWER, 9_000, p), 9_000, "paid");
        requireEmpty();
    }

    function testWhatIsNotTakenGoesBack() public {
        released();
        uint256 all = quoteOf(loanId).remaining;
        uint256 before = permitted.balanceOf(BORROWER);
        IRelay.Permit memory p = permitOf(BORROWER_KEY, 500_000);
        assertEq(relay.repayWithPermit(loanId, BORROWER, 500_000, p), all, "paid");
        assertEq(before - permitted.balanceOf(BORROWER), all * UNIT, "the rest is back");
        requireEmpty();
    }

    function testAPermitThatFailsWithoutAnAllowanceStops() public {
        released();
        IRelay.Permit memory p = permitOf(BORROWER_KEY, 9_000);
        p.r = bytes32(uint256(p.r) ^ 1);
        vm.prank(BORROWER);
        refused(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, relay, 0, 9_000 * UNIT
            )
        );
        relay.repayWithPermit(loanId, BORROWER, 9_000, p);
    }

    /// @dev A stranger makes nothing of a permit but a payment on its owner's own loan.
    function testAStrangerPaysNoOtherLoanWithIt() public {
        released();
        LoanId other = applyAs(OTHER, product, PRINCIPAL, 2);
        fundAs(LENDER, other, PRINCIPAL);
        IRelay.Permit memory p = permitOf(BORROWER_KEY, 9_000);
        vm.prank(OTHER);
        refused(abi.encodeWithSelector(IRelay.NotOwner.selector, BORROWER, OTHER));
        relay.repayWithPermit(other, OTHER, 9_000, p);
        vm.prank(BORROWER);
        relay.repayWithPermit(other, OTHER, 9_000, p);
        assertEq(stateOf(other).received, 9_000, "the owner may");
    }

    function testAStrangerUsesNoStandingAllowance() public {
        released();
        vm.prank(BORROWER);
        permitted.approve(address(relay), type(uint256).max);
        IRelay.Permit memory none;
        none.owner = BORROWER;
        vm.prank(STRANGER);
        refused(abi.encodeWithSelector(IRelay.NotOwner.selector, BORROWER, STRANGER));
        relay.repayWithPermit(loanId, BORROWER, 9_000, none);
        vm.prank(BORROWER);
        relay.repayWithPermit(loanId, BORROWER, 9_000, none);
    }

    function testAFundingIsTheCallers() public {
        IRelay.Permit memory p = permitOf(LENDER_KEY, 150_000);
        uint256 before = permitted.balanceOf(LENDER);
        vm.prank(LENDER);
        (PositionId positionId, uint256 accepted) =
            relay.fundWithPermit(loanId, BORROWER, product, 150_000, p);
        assertEq(accepted, PRINCIPAL, "accepted");
        assertEq(market.position(positionId).lender, LENDER, "lender");
        assertEq(before - permitted.balanceOf(LENDER), PRINCIPAL * UNIT, "the rest is back");
        requireEmpty();
    }

    function testNobodyFundsWithSomebodyElsesPermit() public {
        IRelay.Permit memory p = permitOf(LENDER_KEY, PRINCIPAL);
        vm.prank(BORROWER);
        refused(abi.encodeWithSelector(IRelay.NotOwner.selector, LENDER, BORROWER));
        relay.fundWithPermit(loanId, BORROWER, product, PRINCIPAL, p);
    }

    function testAFundingNamesBorrowerAndProduct() public {
        IRelay.Permit memory p = permitOf(LENDER_KEY, PRINCIPAL);
        vm.prank(LENDER);
        refused(
            abi.encodeWithSelector(
                ILoanMarket.LoanDiffers.selector, loanId, BORROWER, product
            )
        );
        relay.fundWithPermit(loanId, OTHER, product, PRINCIPAL, p);
    }

    function testATokenWithAFeePaysWhatArrives() public {
        released();
        permitted.setCharging(true);
        IRelay.Permit memory p = permitOf(BORROWER_KEY, 10_000);
        uint256 paid = relay.repayWithPermit(loanId, BORROWER, 10_000, p);
        assertEq(paid, 9_801, "two fees of a hundredth");
        requireEmpty();
    }

    function testWhatWasThereBeforeStays() public {
        released();
        permitted.mint(address(relay), 77);
        IRelay.Permit memory p = permitOf(BORROWER_KEY, 500_000);
        relay.repayWithPermit(loanId, BORROWER, 500_000, p);
        assertEq(permitted.balanceOf(address(relay)), 77, "nobody's");
    }
}
