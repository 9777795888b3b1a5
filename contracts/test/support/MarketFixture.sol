// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerRegistry} from "../../src/IssuerRegistry.sol";
import {EligibilityGate} from "../../src/gates/EligibilityGate.sol";
import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {ICreditBureau} from "../../src/interfaces/ICreditBureau.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {ILoanEngine} from "../../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {ApplicationWords} from "../../src/libraries/ApplicationWords.sol";
import {LoanWords} from "../../src/libraries/LoanWords.sol";
import {PartyWord} from "../../src/libraries/PartyWord.sol";
import {ProductTable} from "../../src/libraries/ProductTable.sol";
import {CreditBureau} from "../../src/market/CreditBureau.sol";
import {LoanMarket} from "../../src/market/LoanMarket.sol";
import {ProductBook} from "../../src/market/ProductBook.sol";
import {MockVerifier} from "../../src/mocks/MockVerifier.sol";
import {TestToken} from "../../src/mocks/TestToken.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {PositionId} from "../../src/types/PositionId.sol";
import {ProductId} from "../../src/types/ProductId.sol";
import {ConsentFixture} from "./ConsentFixture.sol";
import {Mintable} from "./Mintable.sol";
import {cheats} from "./MoreCheats.sol";
import {NO_FX} from "./NoFx.sol";
import {TableFixture} from "./TableFixture.sol";

/// @title A market with a bureau, a book with one product, and people who can sign
abstract contract MarketFixture is TableFixture, ConsentFixture {
    using LoanWords for ILoanEngine.Loan;

    uint256 internal constant ROOT = 7;
    uint256 internal constant UNIT = 10_000; // cents in a token of six decimals
    uint256 internal constant PRINCIPAL = 100_000; // 1,000.00
    uint16 internal constant PURPOSE = 7;
    address internal constant ADMIN = address(0xAD);
    address internal constant OPERATOR = address(0x0B);
    address internal constant REGISTRAR = address(0x4E);
    address internal constant GUARDIAN = address(0x6A);
    address internal constant COLLECTOR = address(0xFEE);
    address internal constant STRANGER = address(0x57);
    uint256 internal constant BORROWER_KEY = 0xb0;
    uint256 internal constant LENDER_KEY = 0x1e;
    uint256 internal constant OTHER_KEY = 0x07;
    address internal immutable BORROWER = cheats.addr(BORROWER_KEY);
    address internal immutable LENDER = cheats.addr(LENDER_KEY);
    address internal immutable OTHER = cheats.addr(OTHER_KEY);

    IssuerRegistry internal registry;
    EligibilityGate internal gate;
    ProductBook internal book;
    CreditBureau internal bureau;
    LoanMarket internal market;
    TestToken internal token;
    address internal product;
    IApplicationGate.Policy internal policy;
    uint256 internal numbers; // of consents

    function deployMarket() internal {
        deployMarket(new MockVerifier());
    }

    /// @dev A market on an eligibility gate with this verifier.
    function deployMarket(IGroth16Verifier verifier) internal {
        deployParts();
        gate = new EligibilityGate(verifier, registry, 1 days, 1 hours, NO_FX);
        openMarket(gate);
        product = published(headerOf(address(token)), monthly("LLLLLLLLLLLR"));
    }

    /// @dev What every market needs: a registry whose roots take effect at once, a book, a token.
    function deployParts() internal {
        if (block.timestamp < START) vm.warp(START);
        registry = new IssuerRegistry(ADMIN, REGISTRAR, GUARDIAN, 0, 365 days);
        postRoot(ROOT);
        book = new ProductBook(engine, 1 days);
        token = new TestToken("Test dollar", "TUSD", 6);
        policy.maxScore = 65_535;
        policy.maxDtiBps = 65_535;
        policy.maxDelinquencies = 65_535;
    }

    /// @dev A market on any gate, alone in a bureau.
    function openMarket(IApplicationGate gate_) internal {
        bureau = new CreditBureau(ADMIN, 365 days, 0, ICreditBureau.Kind.Credential);
        market = memberOn(gate_);
    }

    /// @dev One more market, in the present bureau.
    function memberOn(IApplicationGate gate_) internal returns (LoanMarket made) {
        made = new LoanMarket(gate_, engine, book, bureau, consents, ADMIN, OPERATOR);
        vm.prank(ADMIN);
        bureau.addMember(address(made), gate_);
    }

    // --- roots and products -------------------------------------------------------------------

    function postRoot(uint256 root) internal {
        vm.prank(REGISTRAR);
        registry.post(root, bytes32(0), "");
    }

    function withdrawRoot(uint256 root) internal {
        uint256[] memory roots = new uint256[](1);
        roots[0] = root;
        vm.prank(GUARDIAN);
        registry.withdrawRoots(roots);
    }

    function headerOf(address token_) internal pure returns (bytes memory header) {
        header = plainHeader();
        put(header, ProductTable.TOKEN, uint160(token_));
    }

    /// @dev Writes a policy into a header, and makes the fixture expect it.
    function setPolicy(bytes memory header, IApplicationGate.Policy memory wanted) internal {
        policy = wanted;
        put(header, ProductTable.MIN_SCORE, wanted.minScore);
        put(header, ProductTable.MAX_SCORE, wanted.maxScore);
        put(header, ProductTable.COVERAGE_BPS, wanted.coverageBps);
        put(header, ProductTable.MAX_DTI_BPS, wanted.maxDtiBps);
        put(header, ProductTable.MAX_DELINQUENCIES, wanted.maxDelinquencies);
        put(header, ProductTable.MIN_HISTORY_MONTHS, wanted.minHistoryMonths);
        put(header, ProductTable.CURRENCY, wanted.currency);
        put(header, ProductTable.POLICY_CURRENCY, wanted.currency);
        put(header, ProductTable.MAX_CREDENTIAL_AGE, wanted.maxCredentialAge);
    }

    /// @dev Publishes a product as the lender, and allows its token.
    function published(bytes memory header, bytes memory rows) internal returns (address made) {
        bytes memory data = join(header, rows);
        vm.prank(LENDER);
        made = book.publish(data);
        allow(engine.offer(made, PRINCIPAL).token, true);
    }

    function allow(address token_, bool allowed) internal {
        vm.prank(OPERATOR);
        market.setTokenAllowed(token_, allowed);
    }

    // --- applications -------------------------------------------------------------------------

    /// @dev What the gate is told, written out once more.
    function applicationOf(address borrower, address product_, uint256 principal)
        internal
        view
        returns (IApplicationGate.Application memory)
    {
        ILoanEngine.Offer memory offer = engine.offer(product_, principal);
        return IApplicationGate.Application({
            borrower: borrower,
            productId: ProductId.wrap(uint160(product_)),
            principal: principal,
            purpose: PURPOSE,
            instalment: offer.burden,
            currency: policy.currency,
            termsHash: offer.digest,
            issuers: 0,
            minCycle: 0,
            historyTerms: 0,
            historySource: address(0),
            policy: policy
        });
    }

    /// @dev Evidence that the mock verifier accepts for exactly this application, now.
    function evidenceFor(address borrower, address product_, uint256 principal, uint256 nullifier)
        internal
        view
        returns (IApplicationGate.Evidence memory evidence)
    {
        return evidenceOn(
            applicationOf(borrower, product_, principal), nullifier, registry.currentRoot()
        );
    }

    function evidenceOn(
        IApplicationGate.Application memory application,
        uint256 nullifier,
        uint256 root
    ) internal view returns (IApplicationGate.Evidence memory evidence) {
        evidence.registryRoot = root;
        evidence.nullifier = Nullifier.wrap(nullifier);
        evidence.policyNow = uint40(block.timestamp);
        evidence.deadline = uint40(block.timestamp + 600);
        uint256 word =
            gate.policyWord(application.policy, application.instalment, evidence.policyNow);
        uint256 nonce = gate.applicationNonce(address(market), application.borrower);
        uint256 context =
            gate.contextOf(address(market), application, nonce, evidence.deadline);
        uint256 scope = gate.scopeOf(address(market));
        evidence.proof[0] =
            uint256(keccak256(abi.encodePacked(word, context, root, scope, nullifier)));
    }

    function applyAs(address borrower, address product_, uint256 principal, uint256 nullifier)
        internal
        returns (LoanId)
    {
        IApplicationGate.Evidence memory evidence =
            evidenceFor(borrower, product_, principal, nullifier);
        vm.prank(borrower);
        return market.applyForLoan(product_, principal, PURPOSE, evidence);
    }

    /// @dev The usual application: 1,000.00 of the usual product.
    function applied() internal returns (LoanId) {
        return applyAs(BORROWER, product, PRINCIPAL, 1);
    }

    // --- money --------------------------------------------------------------------------------

    function endow(address account, address token_, uint256 amount) internal {
        Mintable(token_).mint(account, amount * UNIT);
        vm.prank(account);
        Mintable(token_).approve(address(market), type(uint256).max);
    }

    function tokenOf(LoanId loanId) internal view returns (address) {
        return engine.offer(productOf(loanId), principalOf(loanId)).token;
    }

    function fundAs(address lender, LoanId loanId, uint256 amount)
        internal
        returns (PositionId positionId)
    {
        endow(lender, tokenOf(loanId), amount);
        (address borrower, address product_) = (borrowerOf(loanId), productOf(loanId));
        vm.prank(lender);
        (positionId,) = market.fund(loanId, borrower, product_, amount, lender);
    }

    function repayAs(address payer, LoanId loanId, uint256 amount) internal returns (uint256) {
        endow(payer, tokenOf(loanId), amount);
        address borrower = borrowerOf(loanId);
        vm.prank(payer);
        return market.repay(loanId, borrower, amount);
    }

    /// @dev A running loan of 1,000.00 that one lender funded, and the borrower drew.
    function runningLoan() internal returns (LoanId loanId, PositionId positionId) {
        return runningLoanOf(product);
    }

    function runningLoanOf(address product_)
        internal
        returns (LoanId loanId, PositionId positionId)
    {
        loanId = applyAs(BORROWER, product_, PRINCIPAL, 1);
        positionId = fundAs(LENDER, loanId, PRINCIPAL);
        market.draw(loanId, BORROWER);
    }

    function balance(address account) internal view returns (uint256) {
        return token.balanceOf(account);
    }

    // --- consents -----------------------------------------------------------------------------

    function consentTo(uint256 key, bytes memory deed) internal returns (IConsents.Consent memory) {
        return consentWith(key, deed, ++numbers, block.timestamp + 1 days);
    }

    /// @dev `deed` is the typed data without its last three words.
    function consentWith(uint256 key, bytes memory deed, uint256 nonce, uint256 deadline)
        internal
        view
        returns (IConsents.Consent memory)
    {
        address signer = cheats.addr(key);
        bytes memory rest = abi.encode(consents.seriesOf(signer), nonce, deadline);
        bytes32 digest = digestOf(bytes.concat(deed, rest));
        return IConsents.Consent(signer, nonce, deadline, signed(key, digest));
    }

    function applicationDeed(address borrower, address product_, uint256 principal)
        internal
        view
        returns (bytes memory)
    {
        bytes32 kind = keccak256(
            "Application(address market,address borrower,address product,uint256 principal,uint16 purpose,uint256 series,uint256 nonce,uint256 deadline)"
        );
        return abi.encode(kind, market, borrower, product_, principal, PURPOSE);
    }

    function holidayDeed(address borrower, LoanId loanId) internal view returns (bytes memory) {
        bytes32 kind = keccak256(
            "Holiday(address market,address borrower,uint256 loanId,uint256 series,uint256 nonce,uint256 deadline)"
        );
        return abi.encode(kind, market, borrower, loanId);
    }

    function restructuringDeed(address signer, LoanId loanId, address product_, uint256 limit)
        internal
        view
        returns (bytes memory)
    {
        bytes32 kind = keccak256(
            "Restructuring(address market,address signer,uint256 loanId,address product,uint256 limit,uint256 series,uint256 nonce,uint256 deadline)"
        );
        return abi.encode(kind, market, signer, loanId, product_, limit);
    }

    function restructuringConsent(uint256 key, LoanId loanId, address product_, uint256 limit)
        internal
        returns (IConsents.Consent memory)
    {
        bytes memory deed = restructuringDeed(cheats.addr(key), loanId, product_, limit);
        return consentTo(key, deed);
    }

    // --- what is stored -----------------------------------------------------------------------

    function stageOf(LoanId loanId) internal view returns (uint256) {
        return uint256(PartyWord.stageOf(market.entry(loanId).party));
    }

    function borrowerOf(LoanId loanId) internal view returns (address) {
        return PartyWord.borrowerOf(market.entry(loanId).party);
    }

    function undrawnOf(LoanId loanId) internal view returns (uint256) {
        return PartyWord.undrawnOf(market.entry(loanId).party);
    }

    function productOf(LoanId loanId) internal view returns (address) {
        return ApplicationWords.productOf(market.entry(loanId).terms);
    }

    function principalOf(LoanId loanId) internal view returns (uint256) {
        return market.entry(loanId).debt >> 208;
    }

    function askedOf(LoanId loanId) internal view returns (ApplicationWords.State memory) {
        ILoanMarket.Entry memory kept = market.entry(loanId);
        return ApplicationWords.unpack(kept.terms, kept.debt);
    }

    function loanOf(LoanId loanId) internal view returns (ILoanEngine.Loan memory) {
        ILoanMarket.Entry memory kept = market.entry(loanId);
        return ILoanEngine.Loan(kept.terms, kept.debt, kept.account);
    }

    function stateOf(LoanId loanId) internal view returns (LoanWords.State memory) {
        return loanOf(loanId).unpack();
    }

    function standingOf(LoanId loanId) internal view returns (uint256) {
        return uint256(stateOf(loanId).standing);
    }

    /// @dev What a loan costs now.
    function quoteOf(LoanId loanId) internal view returns (ILoanEngine.Quote memory) {
        (uint256 clock,) = market.clockOf(tokenOf(loanId));
        return engine.quote(loanOf(loanId), clock);
    }

    function recordOf(uint256 nullifier) internal view returns (ICreditBureau.Record memory) {
        return bureau.recordOf(Nullifier.wrap(nullifier));
    }

    function bureauState(uint256 nullifier) internal view returns (uint256) {
        (ICreditBureau.State state,) = bureau.stateOf(Nullifier.wrap(nullifier));
        return uint256(state);
    }

    /// @dev The next call reverts with this error, without arguments or with them.
    function refused(bytes memory expected) internal {
        vm.expectRevert(expected);
    }
}
