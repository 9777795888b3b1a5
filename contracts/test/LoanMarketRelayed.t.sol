// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {IConsents} from "../src/interfaces/IConsents.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {OwnedWallet} from "./support/ConsentFixture.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev A borrower who signs and never sends a transaction.
contract LoanMarketRelayedTest is MarketFixture {
    function setUp() public {
        deployMarket();
    }

    function carried(uint256 nullifier) private returns (LoanId) {
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, product, PRINCIPAL, nullifier);
        IConsents.Consent memory consent =
            consentTo(BORROWER_KEY, applicationDeed(BORROWER, product, PRINCIPAL));
        vm.prank(STRANGER);
        return market.applyFor(consent, product, PRINCIPAL, PURPOSE, e);
    }

    function testARelayedApplicationEqualsADirectOne() public {
        LoanId direct = applied();
        vm.prank(BORROWER);
        market.cancel(direct);
        LoanId relayed = carried(1);
        ILoanMarket.Entry memory a = market.entry(relayed);
        assertEq(borrowerOf(relayed), BORROWER, "borrower");
        vm.warp(START);
        LoanId again = applyAs(OTHER, product, PRINCIPAL, 2);
        ILoanMarket.Entry memory b = market.entry(again);
        assertEq(a.terms, b.terms, "terms");
        assertEq(a.debt, b.debt, "debt");
        assertEq(a.account, b.account, "account");
        assertEq(uint96(a.party), uint96(b.party), "purpose and stage");
    }

    function testALifeWithoutATransactionOfTheBorrower() public {
        LoanId loanId = carried(1);
        fundAs(LENDER, loanId, PRINCIPAL);
        vm.prank(STRANGER);
        market.draw(loanId, BORROWER);
        assertEq(balance(BORROWER), PRINCIPAL * UNIT, "drawn");
        IConsents.Consent memory consent = consentTo(BORROWER_KEY, holidayDeed(BORROWER, loanId));
        vm.prank(STRANGER);
        market.takeHolidayFor(consent, loanId);
        repayAs(STRANGER, loanId, 200_000);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Repaid), "repaid");
        assertEq(BORROWER.balance, 0, "without a coin");
    }

    function testAContractBorrows() public {
        address wallet = address(new OwnedWallet(BORROWER));
        IApplicationGate.Evidence memory e = evidenceFor(wallet, product, PRINCIPAL, 1);
        bytes memory deed = applicationDeed(wallet, product, PRINCIPAL);
        bytes memory rest = abi.encode(0, 1, block.timestamp);
        (, bytes32 r, bytes32 s) = vm.sign(BORROWER_KEY, digestOf(bytes.concat(deed, rest)));
        IConsents.Consent memory consent =
            IConsents.Consent(wallet, 1, block.timestamp, abi.encode(r, s));
        LoanId loanId = market.applyFor(consent, product, PRINCIPAL, PURPOSE, e);
        assertEq(borrowerOf(loanId), wallet, "borrower");
    }

    function refuse(IConsents.Consent memory consent, bytes memory expected) private {
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, product, PRINCIPAL, 1);
        refused(expected);
        market.applyFor(consent, product, PRINCIPAL, PURPOSE, e);
    }

    function invalid(address signer) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IConsents.ConsentInvalid.selector, signer);
    }

    function testAWrongConsentIsRefused() public {
        bytes memory deed = applicationDeed(BORROWER, product, PRINCIPAL);
        IConsents.Consent memory consent = consentTo(OTHER_KEY, deed);
        consent.signer = BORROWER;
        refuse(consent, invalid(BORROWER));
        refuse(
            consentTo(BORROWER_KEY, applicationDeed(BORROWER, product, PRINCIPAL + 1)),
            invalid(BORROWER)
        );
        refuse(
            consentTo(BORROWER_KEY, applicationDeed(OTHER, product, PRINCIPAL)),
            invalid(BORROWER)
        );
        refuse(
            consentTo(BORROWER_KEY, holidayDeed(BORROWER, LoanId.wrap(1))), invalid(BORROWER)
        );
    }

    /// @dev An eligible stranger makes nobody else a borrower.
    function testAConsentOfTheProversIsNeeded() public {
        IApplicationGate.Evidence memory e = evidenceFor(OTHER, product, PRINCIPAL, 1);
        IConsents.Consent memory consent =
            consentTo(OTHER_KEY, applicationDeed(OTHER, product, PRINCIPAL));
        consent.signer = BORROWER;
        refused(invalid(BORROWER));
        market.applyFor(consent, product, PRINCIPAL, PURPOSE, e);
        assertEq(gate.applicationNonce(address(market), BORROWER), 0, "number");
    }

    function testAConsentExpires() public {
        bytes memory deed = applicationDeed(BORROWER, product, PRINCIPAL);
        IConsents.Consent memory consent = consentWith(BORROWER_KEY, deed, 1, START);
        vm.warp(START + 1);
        refuse(consent, abi.encodeWithSelector(IConsents.ConsentExpired.selector, START));
    }

    function testAConsentServesOnce() public {
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, product, PRINCIPAL, 1);
        IConsents.Consent memory consent =
            consentTo(BORROWER_KEY, applicationDeed(BORROWER, product, PRINCIPAL));
        LoanId loanId = market.applyFor(consent, product, PRINCIPAL, PURPOSE, e);
        vm.prank(BORROWER);
        market.cancel(loanId);
        refuse(
            consent,
            abi.encodeWithSelector(IConsents.ConsentUsed.selector, BORROWER, consent.nonce)
        );
    }

    function testAConsentServesOnOneChain() public {
        IConsents.Consent memory consent =
            consentTo(BORROWER_KEY, applicationDeed(BORROWER, product, PRINCIPAL));
        vm.chainId(5);
        refuse(consent, invalid(BORROWER));
    }

    function testARevokedConsentIsRefused() public {
        IConsents.Consent memory consent =
            consentTo(BORROWER_KEY, applicationDeed(BORROWER, product, PRINCIPAL));
        vm.prank(BORROWER);
        consents.revokeAll();
        refuse(consent, invalid(BORROWER));
    }
}
