// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {PositionId} from "../../src/types/PositionId.sol";
import {ProductId} from "../../src/types/ProductId.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @title Everything that anybody can do to the contracts, with arguments that make sense
/// @dev One function per state-changing external function of LoanMarket (its name) and
///      EligibilityGate; tests/contracts/test_handlers.py compares the lists with the ABIs. Roots
///      come and go, too; RegistryHandler does everything to a registry.
///      Half of the arguments are allowed to be nonsense: such calls must revert with a typed
///      error, and a revert must change nothing, which is the EVM's promise and not tested here.
contract Handler is MarketFixture {
    uint256 private constant PEOPLE = 12;
    uint256 private constant LENDERS = 4;

    // what the outside world can tell about each loan, kept beside the contract's own books
    mapping(LoanId loanId => uint256) public paidIn;
    mapping(LoanId loanId => uint256) public paidOutTokens;
    mapping(LoanId loanId => uint256) public receivedSeen;
    mapping(Nullifier nullifier => bool) public everDefaulted;
    uint256 public done;

    ProductId[] private _products;

    constructor() {
        deployMarket();
        ILoanMarket.ProductTerms memory t = termsOf(address(token));
        t.period = 3 days;
        t.grace = 1 days;
        t.defaultAfter = 6 days;
        _products.push(addProduct(t));
        t.instalments = 3;
        t.period = 1 days;
        t.grace = 0;
        t.defaultAfter = 1 days;
        t.rateBps = 2_000;
        t.fundingWindow = 2 days;
        _products.push(addProduct(t));
    }

    function borrowerOf(uint256 seed) private pure returns (address) {
        return address(uint160(0xB000 + seed % PEOPLE));
    }

    function lenderOf(uint256 seed) private pure returns (address) {
        return address(uint160(0x1E00 + seed % LENDERS));
    }

    function someLoan(uint256 seed) private view returns (LoanId) {
        return LoanId.wrap(market.loanCount() == 0 ? 0 : 1 + seed % market.loanCount());
    }

    function succeeded(bool ok, bytes memory answer) private returns (bool) {
        // a bare revert or a panic is a bug of ours: every refusal has a name
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok || bytes4(answer) != bytes4(keccak256("Panic(uint256)")), "panic");
        if (ok) done += 1;
        return ok;
    }

    function observe(LoanId loanId) private {
        uint256 received = market.loan(loanId).received;
        assertTrue(received >= receivedSeen[loanId], "received fell");
        receivedSeen[loanId] = received;
    }

    // --- LoanMarket ---------------------------------------------------------------------------

    function setTokenAllowed(bool allowed) external {
        vm.prank(OPERATOR);
        market.setTokenAllowed(address(token), allowed);
    }

    function pauseNewLoans(uint256 dice) external {
        if (dice % 4 != 0) return this.resumeNewLoans();
        vm.prank(OPERATOR);
        market.pauseNewLoans();
    }

    function resumeNewLoans() external {
        vm.prank(OPERATOR);
        market.resumeNewLoans();
    }

    function createProduct(uint16 rate, uint16 instalments, uint32 period) external {
        ILoanMarket.ProductTerms memory t = termsOf(address(token));
        t.rateBps = uint16(rate % 3_000);
        t.instalments = 1 + instalments % 6;
        t.period = 1 hours + period % 5 days;
        t.defaultAfter = t.grace + period % 3 days;
        (bool ok, bytes memory answer) =
            address(market).call(abi.encodeCall(ILoanMarket.createProduct, (t)));
        if (succeeded(ok, answer)) _products.push(abi.decode(answer, (ProductId)));
    }

    function setProductOpen(uint256 which, bool open) external {
        ProductId product = _products[which % _products.length];
        (, address creator,) = market.product(product);
        vm.prank(creator);
        market.setProductOpen(product, open);
    }

    function applyForLoan(uint256 person, uint256 address_, uint256 which, uint256 principal)
        external
    {
        ProductId product = _products[which % _products.length];
        uint256 amount = clamp(principal, 1_000, 1_000_000);
        address borrower = borrowerOf(address_);
        uint256 nullifier = 100 + person % PEOPLE;
        IApplicationGate.Evidence memory e =
            evidenceFor(borrower, product, amount, nullifier);
        vm.prank(borrower);
        (bool ok, bytes memory answer) = address(market).call(
            abi.encodeCall(ILoanMarket.applyForLoan, (product, amount, PURPOSE, e))
        );
        bool accepted = succeeded(ok, answer);
        assertTrue(!accepted || !everDefaulted[Nullifier.wrap(nullifier)], "a defaulter returned");
    }

    function cancel(uint256 which, bool asBorrower) external {
        LoanId loanId = someLoan(which);
        vm.prank(asBorrower ? market.loan(loanId).borrower : OTHER);
        (bool ok, bytes memory answer) =
            address(market).call(abi.encodeCall(ILoanMarket.cancel, (loanId)));
        succeeded(ok, answer);
    }

    function fund(uint256 which, uint256 who, uint256 amount, bool fully) external {
        LoanId loanId = someLoan(which);
        address lender = lenderOf(who);
        uint256 offered = fully ? 1_000_000 : clamp(amount, 0, 400_000);
        endow(lender, address(token), offered);
        vm.prank(lender);
        (bool ok, bytes memory answer) =
            address(market).call(abi.encodeCall(ILoanMarket.fund, (loanId, offered)));
        succeeded(ok, answer);
    }

    function repay(uint256 which, uint256 who, uint256 amount) external {
        LoanId loanId = someLoan(which);
        address payer = borrowerOf(who);
        uint256 offered = clamp(amount, 0, 600_000);
        endow(payer, address(token), offered);
        vm.prank(payer);
        (bool ok, bytes memory answer) =
            address(market).call(abi.encodeCall(ILoanMarket.repay, (loanId, offered)));
        ILoanMarket.LoanStatus status = market.loan(loanId).status;
        bool owing = status == ILoanMarket.LoanStatus.Active
            || status == ILoanMarket.LoanStatus.Defaulted;
        assertTrue(ok || offered == 0 || !owing, "repayment refused");
        if (succeeded(ok, answer)) paidIn[loanId] += abi.decode(answer, (uint256));
        observe(loanId);
    }

    function settle(uint256 which, uint256 who, uint256 dice) external {
        if (dice % 3 != 0) return; // else most loans end early
        LoanId loanId = someLoan(which);
        address payer = borrowerOf(who);
        uint256 price = market.quote(loanId).settlement;
        endow(payer, address(token), price);
        vm.prank(payer);
        (bool ok, bytes memory answer) =
            address(market).call(abi.encodeCall(ILoanMarket.settle, (loanId, price)));
        if (succeeded(ok, answer)) paidIn[loanId] += abi.decode(answer, (uint256));
        observe(loanId);
    }

    function markDefault(uint256 which) external {
        LoanId loanId = someLoan(which);
        bool due = market.quote(loanId).defaultable;
        (bool ok, bytes memory answer) =
            address(market).call(abi.encodeCall(ILoanMarket.markDefault, (loanId)));
        assertTrue(ok == due, "quote and markDefault disagree");
        if (succeeded(ok, answer)) everDefaulted[market.loan(loanId).nullifier] = true;
    }

    function withdraw(uint256 which, bool asOwner) external {
        if (market.positionCount() == 0) return;
        PositionId positionId = PositionId.wrap(1 + which % market.positionCount());
        ILoanMarket.Position memory p = market.position(positionId);
        uint256 claim = market.withdrawable(positionId);
        uint256 before = token.balanceOf(address(0xCA5E));
        vm.prank(asOwner ? p.lender : OTHER);
        (bool ok, bytes memory answer) = address(market).call(
            abi.encodeCall(ILoanMarket.withdraw, (positionId, address(0xCA5E)))
        );
        assertTrue(ok == (asOwner && claim > 0), "claim and withdraw disagree");
        if (!succeeded(ok, answer)) return;
        uint256 got = token.balanceOf(address(0xCA5E)) - before;
        assertEq(got, claim, "withdrawn");
        paidOutTokens[LoanId.wrap(p.loanId)] += got;
    }

    // --- IssuerRegistry and EligibilityGate -----------------------------------------------------

    function post(uint256 seed) external {
        // the root that the evidence names has to stay fresh, so it is posted again each time
        uint256 root = 1_000 + seed % 50;
        vm.prank(REGISTRAR);
        (bool ok, bytes memory answer) =
            address(registry).call(abi.encodeCall(registry.post, (root, bytes32(seed), "")));
        if (!succeeded(ok, answer)) return; // withdrawn earlier
        vm.prank(REGISTRAR);
        registry.post(ROOT, bytes32(seed), "");
    }

    function withdrawRoots(uint256 seed) external {
        uint256[] memory roots = new uint256[](1);
        roots[0] = 1_000 + seed % 50;
        vm.prank(GUARDIAN);
        (bool ok, bytes memory answer) =
            address(registry).call(abi.encodeCall(registry.withdrawRoots, (roots)));
        succeeded(ok, answer);
    }

    /// @dev What a gate asks of a market: the handler is one alone.
    function bureau() external view returns (address) {
        return address(this);
    }

    /// @dev Another market's use of the gate: must not touch ours.
    function consume(uint256 person) external {
        IApplicationGate.Application memory a;
        IApplicationGate.Evidence memory e;
        a.borrower = borrowerOf(person);
        e.registryRoot = ROOT;
        e.nullifier = Nullifier.wrap(100 + person % PEOPLE);
        e.policyNow = uint40(block.timestamp);
        e.deadline = uint40(block.timestamp);
        uint256 nonce = gate.applicationNonce(address(this), a.borrower);
        uint256 context = gate.contextOf(address(this), a, nonce, e.deadline);
        uint256 word = gate.policyWord(a.policy, 0, e.policyNow);
        e.proof[0] = uint256(
            keccak256(
                abi.encodePacked(word, context, ROOT, gate.scopeOf(address(this)), e.nullifier)
            )
        );
        gate.consume(a, e);
        done += 1;
    }

    // --- AccessControl and time -----------------------------------------------------------------

    function grantRole(uint256 seed) external {
        bytes32 role = market.OPERATOR_ROLE();
        vm.prank(ADMIN);
        market.grantRole(role, address(uint160(0xAA00 + seed % 3)));
    }

    function revokeRole(uint256 seed) external {
        bytes32 role = market.OPERATOR_ROLE();
        vm.prank(ADMIN);
        market.revokeRole(role, address(uint160(0xAA00 + seed % 3)));
    }

    function renounceRole(uint256 seed) external {
        bytes32 role = market.OPERATOR_ROLE();
        address holder = address(uint160(0xAA00 + seed % 3));
        vm.prank(holder);
        market.renounceRole(role, holder);
    }

    function passTime(uint32 delta) external {
        vm.warp(block.timestamp + delta % 2 days);
    }

    /// @dev One of the calls that carry a loan on, so that sequences get somewhere.
    function step(uint256 seed) external {
        uint256 a = seed >> 8;
        uint256 b = seed >> 72;
        uint256 c = seed >> 136;
        uint256 choice = seed % 28;
        if (choice < 4) this.applyForLoan(a, b, c, seed >> 200);
        else if (choice < 9) this.fund(recent(a), b, c, c % 3 == 0);
        else if (choice < 12) this.repay(recent(a), b, c % 60_000);
        else if (choice < 14) this.repay(a, b, c);
        else if (choice == 14) this.settle(recent(a), b, 0);
        else if (choice == 15) this.markDefault(recent(a));
        else if (choice == 16) this.cancel(a, b % 4 == 0);
        else if (choice < 20) this.withdraw(a, true);
        else if (choice == 20) this.setProductOpen(a, true);
        else if (choice < 24) this.markDefault(a);
        else this.passTime(uint32(b));
    }

    /// @dev Mostly one of the last few loans: index into someLoan.
    function recent(uint256 seed) private view returns (uint256) {
        uint256 count = market.loanCount();
        return count < 4 || seed % 4 == 0 ? seed : count - 1 - (seed >> 4) % 4;
    }

    // --- views for the invariants ---------------------------------------------------------------

    function theMarket() external view returns (ILoanMarket) {
        return market;
    }

    function marketTokens() external view returns (uint256) {
        return token.balanceOf(address(market));
    }

    function people() external pure returns (uint256) {
        return PEOPLE;
    }

    function unit() external pure returns (uint256) {
        return UNIT;
    }
}
