// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {NO_FX} from "./support/NoFx.sol";
import {
    IAccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";
import {CreditLedger} from "../src/CreditLedger.sol";
import {OpeningVerifier} from "../src/OpeningVerifier.sol";
import {EligibilityGate} from "../src/gates/EligibilityGate.sol";
import {EscrowGate} from "../src/gates/EscrowGate.sol";
import {LedgerGate} from "../src/gates/LedgerGate.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {IConsents} from "../src/interfaces/IConsents.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {IEscrowGate} from "../src/interfaces/IEscrowGate.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {IIssuerRegistry} from "../src/interfaces/IIssuerRegistry.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {IProductBook} from "../src/interfaces/IProductBook.sol";
import {Requirements} from "../src/libraries/Requirements.sol";
import {CreditBureau} from "../src/market/CreditBureau.sol";
import {LoanLens} from "../src/market/LoanLens.sol";
import {LoanMarket} from "../src/market/LoanMarket.sol";
import {ProductBook} from "../src/market/ProductBook.sol";
import {ElGamal} from "./support/ElGamal.sol";
import {HashVerifier} from "./support/HashVerifier.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev What can never work is refused when it is deployed, and the last value that can is not.
contract ConstructorsTest is MarketFixture, ElGamal {
    uint256 private constant YEAR = 365 days;

    HashVerifier private credentials;
    HashVerifier private entries;
    HashVerifier private totals;
    HashVerifier private sealed_;
    CreditLedger private ledger;
    IEscrowGate.Point private key;
    address[] private nobody;

    function setUp() public {
        deployMarket();
        credentials = new HashVerifier(5);
        entries = new HashVerifier(7);
        totals = new HashVerifier(8);
        sealed_ = new HashVerifier(10);
        ledger = new CreditLedger(entries, ADMIN, 1 days, 978);
        key = IEscrowGate.Point(base8().x, base8().y);
        // nobody, an account, a precompile
        nobody = [address(0), BORROWER, address(8)];
    }

    function expectNoContract(address account) private {
        vm.expectRevert(
            abi.encodeWithSelector(Requirements.NotAContract.selector, account)
        );
    }

    function expectAge(uint256 age) private {
        vm.expectRevert(abi.encodeWithSelector(Requirements.AgeInvalid.selector, age));
    }

    function expectUnsuitable(bytes4 selector, uint256 found) private {
        vm.expectRevert(abi.encodeWithSelector(selector, found));
    }

    // --- addresses ------------------------------------------------------------------------------

    function testGatesNeedContracts() public {
        for (uint256 i = 0; i < nobody.length; ++i) {
            IGroth16Verifier none = IGroth16Verifier(nobody[i]);
            IIssuerRegistry empty = IIssuerRegistry(nobody[i]);
            expectNoContract(nobody[i]);
            new EligibilityGate(none, registry, 1, 1, NO_FX);
            expectNoContract(nobody[i]);
            new EligibilityGate(credentials, empty, 1, 1, NO_FX);
            expectNoContract(nobody[i]);
            new EscrowGate(none, registry, 1, 1, NO_FX, key);
            expectNoContract(nobody[i]);
            new EscrowGate(sealed_, empty, 1, 1, NO_FX, key);
            expectNoContract(nobody[i]);
            new LedgerGate(none, ledger, 1);
            expectNoContract(nobody[i]);
            new LedgerGate(totals, ICreditLedger(nobody[i]), 1);
        }
    }

    function testLedgerMarketAndJudgeNeedContracts() public {
        IEscrowGate.Point[] memory points = new IEscrowGate.Point[](2);
        for (uint256 i = 0; i < nobody.length; ++i) {
            expectNoContract(nobody[i]);
            new CreditLedger(IGroth16Verifier(nobody[i]), ADMIN, 1 days, 978);
            expectNoContract(nobody[i]);
            new OpeningVerifier(
                ILoanMarket(nobody[i]), points, points, new address[](2), bytes32(0)
            );
        }
    }

    function testAMarketNeedsContracts() public {
        for (uint256 i = 0; i < nobody.length; ++i) {
            address none = nobody[i];
            IApplicationGate gate_ = IApplicationGate(none);
            expectNoContract(none);
            new LoanMarket(gate_, engine, book, bureau, consents, ADMIN, OPERATOR);
            ILoanEngine engine_ = ILoanEngine(none);
            expectNoContract(none);
            new LoanMarket(gate, engine_, book, bureau, consents, ADMIN, OPERATOR);
            IProductBook book_ = IProductBook(none);
            expectNoContract(none);
            new LoanMarket(gate, engine, book_, bureau, consents, ADMIN, OPERATOR);
            ICreditBureau bureau_ = ICreditBureau(none);
            expectNoContract(none);
            new LoanMarket(gate, engine, book, bureau_, consents, ADMIN, OPERATOR);
            IConsents consents_ = IConsents(none);
            expectNoContract(none);
            new LoanMarket(gate, engine, book, bureau, consents_, ADMIN, OPERATOR);
            expectNoContract(none);
            new ProductBook(engine_, 1 days);
            expectNoContract(none);
            new LoanLens(ILoanMarket(none));
        }
    }

    function testTheTokenOfAProductIsAContract() public {
        for (uint256 i = 0; i < nobody.length; ++i) {
            bytes memory data = join(headerOf(nobody[i]), monthly("LR"));
            expectNoContract(nobody[i]);
            book.publish(data);
            // a token that destroyed itself can still be disallowed
            vm.prank(OPERATOR);
            market.setTokenAllowed(nobody[i], false);
        }
    }

    function testRolesNeedHolders() public {
        bytes memory invalid = abi.encodeWithSelector(
            IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector, address(0)
        );
        vm.expectRevert(invalid);
        new LoanMarket(gate, engine, book, bureau, consents, address(0), OPERATOR);
        vm.expectRevert(invalid);
        new CreditLedger(entries, address(0), 1 days, 978);
        vm.expectRevert(invalid);
        new CreditBureau(address(0), 0, 0, ICreditBureau.Kind.Credential);
        bytes32 role = market.OPERATOR_ROLE();
        vm.expectRevert(abi.encodeWithSelector(ILoanMarket.HolderInvalid.selector, role));
        new LoanMarket(gate, engine, book, bureau, consents, ADMIN, address(0));
    }

    function testVerifiersOfOtherStatementsAreRefused() public {
        bytes4 gates = IApplicationGate.VerifierUnsuitable.selector;
        expectUnsuitable(gates, 10);
        new EligibilityGate(sealed_, registry, 1, 1, NO_FX);
        expectUnsuitable(gates, 5);
        new EscrowGate(credentials, registry, 1, 1, NO_FX, key);
        expectUnsuitable(gates, 7);
        new LedgerGate(entries, ledger, 1);
        expectUnsuitable(ICreditLedger.VerifierUnsuitable.selector, 8);
        new CreditLedger(totals, ADMIN, 1 days, 978);
    }

    // --- numbers --------------------------------------------------------------------------------

    function testAgesAreAtMostAYear() public {
        new EligibilityGate(credentials, registry, YEAR, YEAR, NO_FX);
        new EscrowGate(sealed_, registry, YEAR, YEAR, NO_FX, key);
        new LedgerGate(totals, ledger, YEAR);
        uint256[3] memory ages = [YEAR + 1, 1 days * 1_000, type(uint256).max];
        for (uint256 i = 0; i < ages.length; ++i) {
            uint256 age = ages[i];
            expectAge(age);
            new EligibilityGate(credentials, registry, age, 1, NO_FX);
            expectAge(age);
            new EligibilityGate(credentials, registry, 1, age, NO_FX);
            expectAge(age);
            new EscrowGate(sealed_, registry, age, 1, NO_FX, key);
            expectAge(age);
            new EscrowGate(sealed_, registry, 1, age, NO_FX, key);
            expectAge(age);
            new LedgerGate(totals, ledger, age);
        }
    }

    function testCurrenciesHaveThreeDigits() public {
        uint16[3] memory wrong = [uint16(0), 1_000, type(uint16).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(ICreditLedger.CurrencyInvalid.selector, wrong[i])
            );
            new CreditLedger(entries, ADMIN, 1 days, wrong[i]);
        }
        assertEq(new CreditLedger(entries, ADMIN, 1 days, 1).currency(), 1, "least");
        assertEq(new CreditLedger(entries, ADMIN, 1 days, 999).currency(), 999, "greatest");
    }
}
