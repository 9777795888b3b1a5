// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ICreditLedger} from "../../src/interfaces/ICreditLedger.sol";
import {IEscrowGate} from "../../src/interfaces/IEscrowGate.sol";
import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {LoanMarket} from "../../src/market/LoanMarket.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {PositionId} from "../../src/types/PositionId.sol";
import {ProductId} from "../../src/types/ProductId.sol";
import {Mintable} from "./MarketFixture.sol";
import {TownFixture} from "./TownFixture.sol";

/// @title Everything that moves loans, money and seals in a town of four markets
/// @dev Beside the markets' own books the handler counts what came in and went out of each loan,
///      and keeps each seal. Issuers of tokens stop and block as they like; a call may then fail
///      with the token's error, and only then.
contract TownHandler is TownFixture {
    uint256 private constant PEOPLE = 6;
    uint256 private constant LENDERS = 3;
    address private constant TILL = address(0xCA5E);

    uint256 public done;
    mapping(uint256 market => mapping(LoanId loanId => uint256)) public paidIn;
    mapping(uint256 market => mapping(LoanId loanId => uint256)) public paidOutTokens;
    mapping(uint256 market => mapping(address borrower => uint256)) public applications;
    mapping(LoanId loanId => bytes32) public sealOfLoan;
    mapping(address gate => mapping(address borrower => uint256)) public consumed;
    uint256 private _fresh;

    constructor() {
        deployTown();
    }

    // --- who and what ---------------------------------------------------------------------------

    function borrowerOf(uint256 seed) public pure returns (address) {
        return address(uint160(0xB000 + seed % PEOPLE));
    }

    function lenderOf(uint256 seed) private pure returns (address) {
        return address(uint160(0x1E00 + seed % LENDERS));
    }

    function someLoan(uint256 m, uint256 seed) private view returns (LoanId) {
        uint256 count = markets[m].loanCount();
        // mostly one of the last few
        if (count > 4 && seed % 4 != 0) return LoanId.wrap(count - (seed >> 4) % 4);
        return LoanId.wrap(count == 0 ? 0 : 1 + seed % count);
    }

    function tokenOf(uint256 m, LoanId loanId) public view returns (uint256 t) {
        ProductId product = ProductId.wrap(markets[m].loan(loanId).productId);
        while (ProductId.unwrap(products[m][t]) != ProductId.unwrap(product)) ++t;
    }

    /// @dev Whether a token lets money go from one address to another now.
    function flows(uint256 t, address from, address to) private view returns (bool) {
        if (t == PAUSING) return !pausing.paused();
        if (t == BLOCKING) return !blocking.blocked(from) && !blocking.blocked(to);
        return t != FEE;
    }

    /// @dev Minted past the issuer's blocks, so that only transfers fail.
    function give(uint256 m, uint256 t, address account, uint256 amount) private {
        bool blocked = blocking.blocked(account);
        blocking.setBlocked(account, false);
        Mintable(tokens[t]).mint(account, amount * units[t]);
        blocking.setBlocked(account, blocked);
        vm.prank(account);
        Mintable(tokens[t]).approve(address(markets[m]), type(uint256).max);
    }

    function tried(uint256 m, address by, bytes memory data)
        private
        returns (bool ok, bytes memory answer)
    {
        vm.prank(by);
        (ok, answer) = address(markets[m]).call(data);
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok || bytes4(answer) != bytes4(keccak256("Panic(uint256)")), "panic");
        if (ok) done += 1;
    }

    function freshSeal() private returns (IEscrowGate.Seal memory) {
        _fresh += 1;
        return IEscrowGate.Seal(escrowPoint(_fresh * 7919), _fresh);
    }

    // --- the markets ----------------------------------------------------------------------------

    function applyForLoan(uint256 where, uint256 who, uint256 which, uint256 principal) external {
        uint256 m = where % MARKETS;
        address borrower = borrowerOf(who >> 8);
        ProductId product = products[m][which % TOKENS];
        uint256 amount = clamp(principal, 1_000, 500_000);
        IEscrowGate.Seal memory seal_ = freshSeal();
        IApplicationGate.Evidence memory e =
            townEvidence(m, borrower, product, amount, who % PEOPLE, seal_);
        if (m == ESCROWED) placeFor(borrower, product, amount, e.deadline, seal_);
        (bool ok, bytes memory answer) = tried(
            m, borrower, abi.encodeCall(ILoanMarket.applyForLoan, (product, amount, PURPOSE, e))
        );
        if (!ok) return;
        applications[m][borrower] += 1;
        if (m != ESCROWED) return;
        sealOfLoan[abi.decode(answer, (LoanId))] = keccak256(abi.encode(seal_));
    }

    function placeFor(
        address borrower,
        ProductId product,
        uint256 amount,
        uint256 deadline,
        IEscrowGate.Seal memory seal_
    ) private {
        (, uint256 context,) = markets[ESCROWED].statementOf(
            borrower, product, amount, PURPOSE, 0, deadline
        );
        bool before = escrow.placed(borrower, context).point.y != 0;
        vm.prank(borrower);
        (bool ok,) = address(escrow).call(abi.encodeCall(IEscrowGate.place, (context, seal_)));
        assertTrue(ok != before, "a seal is placed once");
    }

    function cancel(uint256 where, uint256 which, bool asBorrower) external {
        uint256 m = where % MARKETS;
        LoanId loanId = someLoan(m, which);
        address by = asBorrower ? markets[m].loan(loanId).borrower : OTHER;
        tried(m, by, abi.encodeCall(ILoanMarket.cancel, (loanId)));
    }

    function fund(uint256 where, uint256 which, uint256 who, uint256 amount) external {
        uint256 m = where % MARKETS;
        LoanId loanId = someLoan(m, which);
        if (LoanId.unwrap(loanId) == 0) return;
        uint256 t = tokenOf(m, loanId);
        uint256 offered = who % 2 == 0 ? 500_000 : clamp(amount, 0, 300_000);
        address lender = lenderOf(who);
        give(m, t, lender, offered);
        (bool ok,) = tried(m, lender, abi.encodeCall(ILoanMarket.fund, (loanId, offered)));
        assertTrue(!ok || flows(t, lender, address(markets[m])), "money that cannot come in");
    }

    function repay(uint256 where, uint256 which, uint256 who, uint256 amount) external {
        uint256 m = where % MARKETS;
        LoanId loanId = someLoan(m, which);
        if (LoanId.unwrap(loanId) == 0) return;
        address payer = borrowerOf(who);
        uint256 offered = clamp(amount, 1, 300_000);
        give(m, tokenOf(m, loanId), payer, offered);
        bool may = owes(m, loanId) && flows(tokenOf(m, loanId), payer, address(markets[m]));
        (bool ok, bytes memory answer) =
            tried(m, payer, abi.encodeCall(ILoanMarket.repay, (loanId, offered)));
        assertTrue(ok == may, "repayment");
        if (ok) paidIn[m][loanId] += abi.decode(answer, (uint256));
    }

    function owes(uint256 m, LoanId loanId) private view returns (bool) {
        ILoanMarket.LoanStatus status = markets[m].loan(loanId).status;
        return status == ILoanMarket.LoanStatus.Active
            || status == ILoanMarket.LoanStatus.Defaulted;
    }

    function settle(uint256 where, uint256 which, uint256 who) external {
        uint256 m = where % MARKETS;
        LoanId loanId = someLoan(m, which);
        if (LoanId.unwrap(loanId) == 0) return;
        uint256 price = markets[m].quote(loanId).settlement;
        give(m, tokenOf(m, loanId), borrowerOf(who), price);
        (bool ok, bytes memory answer) =
            tried(m, borrowerOf(who), abi.encodeCall(ILoanMarket.settle, (loanId, price)));
        if (ok) paidIn[m][loanId] += abi.decode(answer, (uint256));
    }

    function markDefault(uint256 where, uint256 which) external {
        uint256 m = where % MARKETS;
        LoanId loanId = someLoan(m, which);
        bool due = LoanId.unwrap(loanId) != 0 && markets[m].quote(loanId).defaultable;
        (bool ok,) = tried(m, OTHER, abi.encodeCall(ILoanMarket.markDefault, (loanId)));
        assertTrue(ok == due, "quote and markDefault disagree");
    }

    function withdraw(uint256 where, uint256 which, bool asOwner) external {
        uint256 count = markets[where % MARKETS].positionCount();
        if (count == 0) return;
        withdrawFrom(where % MARKETS, PositionId.wrap(1 + which % count), asOwner);
    }

    function withdrawFrom(uint256 m, PositionId positionId, bool asOwner) private {
        ILoanMarket.Position memory p = markets[m].position(positionId);
        uint256 t = tokenOf(m, LoanId.wrap(p.loanId));
        uint256 claim = markets[m].withdrawable(positionId);
        uint256 before = Mintable(tokens[t]).balanceOf(TILL);
        bytes memory data = abi.encodeCall(ILoanMarket.withdraw, (positionId, TILL));
        (bool ok,) = tried(m, asOwner ? p.lender : OTHER, data);
        // a lender who is blocked gets the money at another address
        bool may = asOwner && claim > 0 && flows(t, address(markets[m]), TILL);
        assertTrue(ok == may, "claim and withdrawal disagree");
        uint256 got = Mintable(tokens[t]).balanceOf(TILL) - before;
        assertEq(got, ok ? claim : 0, "withdrawn");
        paidOutTokens[m][LoanId.wrap(p.loanId)] += got;
    }

    // --- the gates ------------------------------------------------------------------------------

    /// @dev A seal for a context that no application has, and never a second one.
    function place(uint256 who, uint256 context, bool valid) external {
        address borrower = borrowerOf(who);
        IEscrowGate.Seal memory seal_ = freshSeal();
        if (!valid) seal_.point.x += 1;
        bool before = escrow.placed(borrower, context % 64).point.y != 0;
        vm.prank(borrower);
        (bool ok,) =
            address(escrow).call(abi.encodeCall(IEscrowGate.place, (context % 64, seal_)));
        assertTrue(ok == (valid && !before), "place");
        if (!ok) return;
        done += 1;
        bytes32 kept = keccak256(abi.encode(escrow.placed(borrower, context % 64)));
        assertEq(kept, keccak256(abi.encode(seal_)), "kept");
    }

    /// @dev What a gate asks of a market: the handler is one alone.
    function bureau() external view returns (address) {
        return address(this);
    }

    /// @dev The handler as another market of one of the gates: must not touch the four.
    function consume(uint256 where, uint256 who) external {
        if (!registry.isFresh(ROOT, 1 days)) return;
        IApplicationGate.Application memory a;
        a.borrower = borrowerOf(who);
        a.policy.maxScore = 65535;
        IApplicationGate.Evidence memory e;
        e.policyNow = uint40(block.timestamp);
        e.deadline = uint40(block.timestamp);
        if (where % 3 == 0) consumeOn(gate, a, e, who);
        else if (where % 3 == 1) consumeOn(escrow, a, e, who);
        else consumeOn(ledgerGate, a, e, who);
    }

    function consumeOn(
        IApplicationGate at,
        IApplicationGate.Application memory a,
        IApplicationGate.Evidence memory e,
        uint256 who
    ) private {
        uint256 nonce = at.applicationNonce(address(this), a.borrower);
        assertEq(nonce, consumed[address(at)][a.borrower], "nonce");
        uint256 context = at.contextOf(address(this), a, nonce, e.deadline);
        bytes memory inputs = abi.encode(at.policyWord(a.policy, 0, e.policyNow), context);
        if (address(at) == address(ledgerGate)) {
            ICreditLedger.Point memory key = holders[who % ACCOUNTS];
            uint256 account = ledger.accountOf(key);
            e.nullifier = Nullifier.wrap(account);
            inputs = bytes.concat(inputs, abi.encode(key, inEffect(account)));
        } else {
            (e.registryRoot, e.nullifier) = (ROOT, Nullifier.wrap(100 + who % PEOPLE));
            inputs = bytes.concat(
                inputs, abi.encode(ROOT, at.scopeOf(address(this)), e.nullifier)
            );
        }
        if (address(at) == address(escrow)) {
            IEscrowGate.Seal memory seal_ = freshSeal();
            vm.prank(a.borrower);
            escrow.place(context, seal_);
            inputs = bytes.concat(inputs, abi.encode(arbitersKey(), seal_));
        }
        e.proof[0] = uint256(keccak256(inputs));
        at.consume(a, e);
        consumed[address(at)][a.borrower] += 1;
        done += 1;
    }

    /// @dev What an escrow gate asks of a market.
    function loanCount() external pure returns (uint256) {
        return 0;
    }

    // --- tokens and time ------------------------------------------------------------------------

    function setPaused(uint256 dice) external {
        pausing.setPaused(dice % 3 == 0);
    }

    function setBlocked(uint256 who, uint256 dice) external {
        address account = borrowerOf(who);
        if (who % 3 == 1) account = lenderOf(who >> 8);
        if (who % 3 == 2) account = address(markets[(who >> 8) % MARKETS]);
        blocking.setBlocked(account, dice % 3 == 0);
    }

    function passTime(uint32 delta) external {
        vm.warp(block.timestamp + delta % 1 days);
    }

    /// @dev One of the above, so that sequences get somewhere.
    function step(uint256 seed) external {
        uint256 a = seed >> 8;
        uint256 b = seed >> 72;
        uint256 c = seed >> 136;
        uint256 choice = seed % 32;
        if (choice < 7) this.applyForLoan(a, b, c, seed >> 200);
        else if (choice < 14) this.fund(a, b, c, seed >> 200);
        else if (choice < 19) this.repay(a, b, c, seed >> 200);
        else if (choice == 19) this.settle(a, b, c);
        else if (choice < 22) this.markDefault(a, b);
        else if (choice < 26) this.withdraw(a, b, c % 4 != 0);
        else if (choice == 26) this.cancel(a, b, c % 4 != 0);
        else if (choice == 27) this.setPaused(a);
        else if (choice == 28) this.setBlocked(a, b);
        else this.passTime(uint32(a));
    }

    // --- views for the invariants ---------------------------------------------------------------

    function marketAt(uint256 m) external view returns (LoanMarket) {
        return markets[m];
    }

    function gateAt(uint256 m) external view returns (IApplicationGate) {
        return markets[m].gate();
    }

    function tokensOf(uint256 m, uint256 t) external view returns (uint256) {
        return Mintable(tokens[t]).balanceOf(address(markets[m]));
    }

    function unitOf(uint256 t) external view returns (uint256) {
        return units[t];
    }

    function nullifierOf(uint256 m, uint256 person) external view returns (uint256) {
        return m == ON_LEDGER ? ledger.accountOf(holders[person % ACCOUNTS]) : 100 + person;
    }

    function sealsOf(LoanId loanId) external view returns (bytes32) {
        (, IEscrowGate.Seal memory seal_) = escrow.sealOf(address(markets[ESCROWED]), loanId);
        return keccak256(abi.encode(seal_));
    }
}
