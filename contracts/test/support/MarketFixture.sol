// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EligibilityGate} from "../../src/gates/EligibilityGate.sol";
import {IssuerRegistry} from "../../src/IssuerRegistry.sol";
import {LoanMarket} from "../../src/market/LoanMarket.sol";
import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {MockVerifier} from "../../src/mocks/MockVerifier.sol";
import {TestToken} from "../../src/mocks/TestToken.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {PositionId} from "../../src/types/PositionId.sol";
import {ProductId} from "../../src/types/ProductId.sol";
import {Mintable} from "./Mintable.sol";
import {NO_FX} from "./NoFx.sol";
import {TestBase} from "./TestBase.sol";

/// @title A market with one product, a registry with one root and a mock verifier
abstract contract MarketFixture is TestBase {
    uint256 internal constant ROOT = 7;
    uint256 internal constant UNIT = 10_000; // cents in a token of six decimals
    uint16 internal constant PURPOSE = 7;
    uint256 internal constant START = 1_900_000_000;
    uint32 internal constant PERIOD = 30 days;
    uint32 internal constant GRACE = 5 days;
    uint32 internal constant DEFAULT_AFTER = 60 days;
    uint32 internal constant WINDOW = 14 days;
    uint48 internal constant LATE_FEE = 500;

    address internal constant ADMIN = address(0xAD);
    address internal constant OPERATOR = address(0x0B);
    address internal constant REGISTRAR = address(0x4E);
    address internal constant GUARDIAN = address(0x6A);
    address internal constant BORROWER = address(0xB0);
    address internal constant LENDER = address(0x1E);
    address internal constant OTHER = address(0x07);

    MockVerifier internal verifier;
    IssuerRegistry internal registry;
    EligibilityGate internal gate;
    LoanMarket internal market;
    TestToken internal token;
    ProductId internal productId;

    function deployMarket() internal {
        deployMarket(new MockVerifier());
    }

    function deployMarket(IGroth16Verifier verifier_) internal {
        vm.warp(START);
        registry = immediateRegistry();
        vm.prank(REGISTRAR);
        registry.post(ROOT, bytes32(0), "");
        gate = new EligibilityGate(verifier_, registry, 1 days, 1 hours, NO_FX);
        market = new LoanMarket(gate, ADMIN, OPERATOR);
        token = new TestToken("Test dollar", "TUSD", 6);
        productId = addProduct(address(token));
    }

    /// @dev Roots take effect at once, and the current one holds for as long as it may.
    function immediateRegistry() internal returns (IssuerRegistry) {
        return new IssuerRegistry(ADMIN, REGISTRAR, GUARDIAN, 0, 365 days);
    }

    function addProduct(address token_) internal returns (ProductId) {
        return addProduct(termsOf(token_));
    }

    function addProduct(ILoanMarket.ProductTerms memory terms) internal returns (ProductId) {
        vm.prank(OPERATOR);
        market.setTokenAllowed(terms.token, true);
        vm.prank(LENDER);
        return market.createProduct(terms);
    }

    function termsOf(address token_) internal pure returns (ILoanMarket.ProductTerms memory) {
        return ILoanMarket.ProductTerms({
            token: token_,
            unit: uint96(UNIT),
            minPrincipal: 1_000,
            maxPrincipal: 10_000_000,
            rateBps: 150,
            instalments: 12,
            period: PERIOD,
            grace: GRACE,
            defaultAfter: DEFAULT_AFTER,
            fundingWindow: WINDOW,
            lateFee: LATE_FEE,
            issuers: 0,
            policy: IApplicationGate.Policy({
                minScore: 600,
                maxScore: 65535,
                coverageBps: 12_000,
                maxDtiBps: 4_000,
                maxDelinquencies: 1,
                minHistoryMonths: 12,
                currency: 840,
                maxCredentialAge: 90 days
            })
        });
    }

    /// @dev Evidence that the mock verifier accepts for exactly these inputs.
    function evidenceFor(address borrower, ProductId product, uint256 principal, uint256 nullifier)
        internal
        view
        returns (IApplicationGate.Evidence memory evidence)
    {
        evidence.registryRoot = ROOT;
        evidence.nullifier = Nullifier.wrap(nullifier);
        evidence.policyNow = uint40(block.timestamp);
        evidence.deadline = uint40(block.timestamp + 600);
        (uint256 policy, uint256 context, uint256 scope) = market.statementOf(
            borrower, product, principal, PURPOSE, evidence.policyNow, evidence.deadline
        );
        evidence.proof[0] =
            uint256(keccak256(abi.encodePacked(policy, context, ROOT, scope, nullifier)));
    }

    function applyAs(address borrower, ProductId product, uint256 principal, uint256 nullifier)
        internal
        returns (LoanId loanId)
    {
        IApplicationGate.Evidence memory evidence =
            evidenceFor(borrower, product, principal, nullifier);
        vm.prank(borrower);
        return market.applyForLoan(product, principal, PURPOSE, evidence);
    }

    function endow(address account, address token_, uint256 amount) internal {
        Mintable(token_).mint(account, amount * UNIT);
        vm.prank(account);
        Mintable(token_).approve(address(market), type(uint256).max);
    }

    function fundAs(address lender, LoanId loanId, uint256 amount)
        internal
        returns (PositionId positionId)
    {
        endow(lender, address(token), amount);
        vm.prank(lender);
        (positionId,) = market.fund(loanId, amount);
    }

    function repayAs(address payer, LoanId loanId, uint256 amount)
        internal
        returns (uint256 paid)
    {
        endow(payer, address(token), amount);
        vm.prank(payer);
        return market.repay(loanId, amount);
    }

    /// @dev A running loan of 100,000 (1,000.00), funded by one lender.
    function runningLoan() internal returns (LoanId loanId, PositionId positionId) {
        loanId = applyAs(BORROWER, productId, 100_000, 1);
        positionId = fundAs(LENDER, loanId, 100_000);
    }

    function statusOf(LoanId loanId) internal view returns (uint256) {
        return uint256(market.loan(loanId).status);
    }

    function pseudonymOf(uint256 nullifier) internal view returns (uint256) {
        return uint256(market.pseudonym(Nullifier.wrap(nullifier)).state);
    }

    function balance(address account) internal view returns (uint256) {
        return token.balanceOf(account);
    }
}
