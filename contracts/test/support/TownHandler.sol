// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ICreditLedger} from "../../src/interfaces/ICreditLedger.sol";
import {IEscrowGate} from "../../src/interfaces/IEscrowGate.sol";
import {ILoanEngine} from "../../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {ApplicationWords} from "../../src/libraries/ApplicationWords.sol";
import {PartyWord} from "../../src/libraries/PartyWord.sol";
import {CreditBureau} from "../../src/market/CreditBureau.sol";
import {LoanMarket} from "../../src/market/LoanMarket.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {PositionId} from "../../src/types/PositionId.sol";
import {Mintable} from "./Mintable.sol";
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

    function borrowerAt(uint256 seed) public pure returns (address) {
        return address(uint160(0xB000 + seed % PEOPLE));
    }

    function lenderAt(uint256 seed) private pure returns (address) {
        return address(uint160(0x1E00 + seed % LENDERS));
    }

    function someLoan(uint256 m, uint256 seed) private view returns (LoanId) {
        uint256 count = markets[m].loanCount();
        // mostly one of the last few
        if (count > 4 && seed % 4 != 0) return LoanId.wrap(count - (seed >> 4) % 4);
        return LoanId.wrap(count == 0 ? 0 : 1 + seed % count);
    }

    function borrowerIn(uint256 m, LoanId loanId) private view returns (address) {
        return PartyWord.borrowerOf(markets[m].entry(loanId).party);
    }

    function waitsIn(uint256 m, LoanId loanId) private view returns (uint256) {
        return PartyWord.undrawnOf(markets[m].entry(loanId).party);
    }

    function tokenIn(uint256 m, LoanId loanId) public view returns (uint256 t) {
        address asked = ApplicationWords.productOf(markets[m].entry(loanId).terms);
        while (products[t] != asked) ++t;
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
        vm.prank(by == address(0) ? OTHER : by); // nobody sends from address 0
        (ok, answer) = address(markets[m]).call(data);
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok || bytes4(answer) != bytes4(keccak256("Panic(uint256)")), "panic");
        if (ok) done += 1;
    }

    function freshSeal() private returns (IEscrowGate.Seal memory) {
        _fresh += 1;
        return IEscrowGate.Seal(escrowPoint(_fresh * 7919), _fresh);
    }

    // --- applications ---------------------------------------------------------------------------

    function applyForLoan(uint256 where, uint256 who, uint256 which, uint256 principal) external {
        uint256 m = where % MARKETS;
        address borrower = borrowerAt(who >> 8);
        address asked = products[which % TOKENS];
        uint256 amount = clamp(principal, 1_000, 500_000);
        IEscrowGate.Seal memory seal_ = freshSeal();
        IApplicationGate.Evidence memory e =
            townEvidence(m, borrower, asked, amount, who % PEOPLE, seal_);
        if (m == ESCROWED) {
            seal_ = placedFor(borrower, asked, amount, e.deadline, seal_);
            e = townEvidence(m, borrower, asked, amount, who % PEOPLE, seal_);
        }
        (bool free,) = bureaus[m].isFree(e.nullifier);
        (bool ok, bytes memory answer) = tried(
            m, borrower, abi.encodeCall(ILoanMarket.applyForLoan, (asked, amount, PURPOSE, e))
        );
        assertTrue(ok == free, "who is free may apply");
        if (!ok) return;
        applications[m][borrower] += 1;
        if (m != ESCROWED) return;
        sealOfLoan[abi.decode(answer, (LoanId))] = keccak256(abi.encode(seal_));
    }

    /// @dev The seal that counts: this one, or the one of an application that was refused.
    function placedFor(
        address borrower,
        address asked,
        uint256 amount,
        uint256 deadline,
        IEscrowGate.Seal memory seal_
    ) private returns (IEscrowGate.Seal memory) {
        (, uint256 context,) = lenses[ESCROWED].statementOf(
            borrower, asked, amount, PURPOSE, 0, deadline
        );
        bool before = escrow.placed(borrower, context).point.y != 0;
        vm.prank(borrower);
        (bool ok,) = address(escrow).call(abi.encodeCall(IEscrowGate.place, (context, seal_)));
        assertTrue(ok != before, "a seal is placed once");
        return escrow.placed(borrower, context);
    }

    function cancel(uint256 where, uint256 which, bool asBorrower) external {
        uint256 m = where % MARKETS;
        LoanId loanId = someLoan(m, which);
        address by = asBorrower ? borrowerIn(m, loanId) : OTHER;
        tried(m, by, abi.encodeCall(ILoanMarket.cancel, (loanId)));
    }

    function fund(uint256 where, uint256 which, uint256 who, uint256 amount) external {
        uint256 m = where % MARKETS;
        LoanId loanId = someLoan(m, which);
        if (LoanId.unwrap(loanId) == 0) return;
        uint256 t = tokenIn(m, loanId);
        uint256 offered = who % 2 == 0 ? 500_000 : clamp(amount, 0, 300_000);
        address lender = lenderAt(who);
        give(m, t, lender, offered);
        address borrower = borrowerIn(m, loanId);
        (bool ok,) = tried(
            m,
            lender,
            abi.encodeCall(ILoanMarket.fund, (loanId, borrower, products[t], offered, lender))
        );
        assertTrue(!ok || flows(t, lender, address(markets[m])), "money that cannot come in");
    }

    function takeBack(uint256 where, uint256 which) external {
        uint256 m = where % MARKETS;
        uint256 count = markets[m].positionCount();
        if (count == 0) return;
        PositionId positionId = PositionId.wrap(1 + which % count);
        ILoanMarket.Position memory p = markets[m].position(positionId);
        uint256 t = tokenIn(m, LoanId.wrap(p.loanId));
        uint256 before = Mintable(tokens[t]).balanceOf(TILL);
        (bool ok,) =
            tried(m, p.lender, abi.encodeCall(ILoanMarket.takeBack, (positionId, TILL)));
        assertTrue(!ok || flows(t, address(markets[m]), TILL), "money that cannot go out");
        uint256 got = Mintable(tokens[t]).balanceOf(TILL) - before;
        assertEq(got, ok ? p.amount * units[t] : 0, "taken back");
    }

    // --- running loans --------------------------------------------------------------------------

    function draw(uint256 where, uint256 which, bool asBorrower) external {
        uint256 m = where % MARKETS;
        LoanId loanId = someLoan(m, which);
        if (LoanId.unwrap(loanId) == 0) return;
        address borrower = borrowerIn(m, loanId);
        address to = asBorrower ? TILL : borrower;
        uint256 waits = waitsIn(m, loanId);
        uint256 t = tokenIn(m, loanId);
        uint256 before = Mintable(tokens[t]).balanceOf(to);
        (bool ok,) = tried(
            m, asBorrower ? borrower : OTHER, abi.encodeCall(ILoanMarket.draw, (loanId, to))
        );
        assertTrue(ok == (waits != 0 && flows(t, address(markets[m]), to)), "drawn");
        uint256 got = Mintable(tokens[t]).balanceOf(to) - before;
        assertEq(got, ok ? waits * units[t] : 0, "what was drawn");
    }

    function repay(uint256 where, uint256 which, uint256 who, uint256 amount) external {
        uint256 m = where % MARKETS;
        LoanId loanId = someLoan(m, which);
        if (LoanId.unwrap(loanId) == 0) return;
        address payer = borrowerAt(who);
        uint256 offered = clamp(amount, 1, 300_000);
        bool may = owes(m, loanId) && flows(tokenIn(m, loanId), payer, address(markets[m]));
        bool ok = paying(m, loanId, payer, offered, ILoanMarket.repay.selector);
        assertTrue(ok == may, "repayment");
    }

    function paying(uint256 m, LoanId loanId, address payer, uint256 offered, bytes4 how)
        private
        returns (bool ok)
    {
        give(m, tokenIn(m, loanId), payer, offered);
        bytes memory answer;
        (ok, answer) = tried(
            m, payer, abi.encodeWithSelector(how, loanId, borrowerIn(m, loanId), offered)
        );
        if (ok) paidIn[m][loanId] += abi.decode(answer, (uint256));
    }

    function owes(uint256 m, LoanId loanId) private view returns (bool) {
        ILoanEngine.Standing standing = lenses[m].loanOf(loanId).standing;
        return standing == ILoanEngine.Standing.Active
            || standing == ILoanEngine.Standing.Defaulted;
    }

    function settle(uint256 where, uint256 which, uint256 who) external {
        uint256 m = where % MARKETS;
        LoanId loanId = someLoan(m, which);
        if (LoanId.unwrap(loanId) == 0) return;
        uint256 price = lenses[m].quote(loanId).settlement;
        if (price == 0) price = 1; // a limit is never nothing; a credit covers the loan
        bool may = lenses[m].loanOf(loanId).standing == ILoanEngine.Standing.Active
            && flows(tokenIn(m, loanId), borrowerAt(who), address(markets[m]));
        bool ok = paying(m, loanId, borrowerAt(who), price, ILoanMarket.settle.selector);
        assertTrue(ok == may, "a quote settles");
    }

    function prepay(uint256 where, uint256 which, uint256 who, uint256 amount) external {
        uint256 m = where % MARKETS;
        LoanId loanId = someLoan(m, which);
        if (LoanId.unwrap(loanId) == 0) return;
        uint256 offered = clamp(amount, 1, 50_000);
        paying(m, loanId, borrowerAt(who), offered, ILoanMarket.prepay.selector);
    }

    function takeHoliday(uint256 where, uint256 which) external {
        uint256 m = where % MARKETS;
        LoanId loanId = someLoan(m, which);
        bytes memory data = abi.encodeCall(ILoanMarket.takeHoliday, (loanId));
        tried(m, borrowerIn(m, loanId), data);
    }

    function markDefault(uint256 where, uint256 which) external {
        uint256 m = where % MARKETS;
        LoanId loanId = someLoan(m, which);
        bool due = LoanId.unwrap(loanId) != 0 && lenses[m].quote(loanId).defaultable;
        uint256 waits = waitsIn(m, loanId);
        (bool ok,) = tried(m, OTHER, abi.encodeCall(ILoanMarket.markDefault, (loanId)));
        assertTrue(ok == due, "quote and markDefault disagree");
        // what was never drawn came in
        if (ok) paidIn[m][loanId] += waits - waitsIn(m, loanId);
    }

    function withdraw(uint256 where, uint256 which, bool asOwner) external {
        uint256 count = markets[where % MARKETS].positionCount();
        if (count == 0) return;
        withdrawFrom(where % MARKETS, PositionId.wrap(1 + which % count), asOwner);
    }

    function withdrawFrom(uint256 m, PositionId positionId, bool asOwner) private {
        ILoanMarket.Position memory p = markets[m].position(positionId);
        uint256 t = tokenIn(m, LoanId.wrap(p.loanId));
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

    function withdrawFees(uint256 where, uint256 which) external {
        uint256 m = where % MARKETS;
        address token_ = tokens[which % TOKENS];
        bool may = markets[m].feesOf(COLLECTOR, token_) != 0;
        bytes memory data = abi.encodeCall(ILoanMarket.withdrawFees, (token_, TILL));
        (bool ok,) = tried(m, COLLECTOR, data);
        assertTrue(ok == may, "fees");
    }

    // --- the gates ------------------------------------------------------------------------------

    /// @dev A seal for a context that no application has, and never a second one.
    function place(uint256 who, uint256 context, bool valid) external {
        address borrower = borrowerAt(who);
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

    /// @dev Another market of one of the gates: must not touch the four.
    function consume(uint256 where, uint256 who) external {
        if (!registry.isFresh(ROOT, 1 days)) return;
        IApplicationGate.Application memory a;
        a.borrower = borrowerAt(who);
        a.policy.maxScore = 65535;
        IApplicationGate.Evidence memory e;
        e.policyNow = uint40(block.timestamp);
        e.deadline = uint40(block.timestamp);
        if (where % 3 == 0) consumeOn(gate, a, e, who);
        else if (where % 3 == 1) consumeOn(escrow, a, e, who);
        else consumeOn(ledgerGate, a, e, who);
    }

    function consumeOn(
        IApplicationGate where_,
        IApplicationGate.Application memory a,
        IApplicationGate.Evidence memory e,
        uint256 who
    ) private {
        uint256 nonce = where_.applicationNonce(address(idle), a.borrower);
        assertEq(nonce, consumed[address(where_)][a.borrower], "nonce");
        uint256 context = where_.contextOf(address(idle), a, nonce, e.deadline);
        bytes memory inputs = abi.encode(where_.policyWord(a.policy, 0, e.policyNow), context);
        if (address(where_) == address(ledgerGate)) {
            ICreditLedger.Point memory key = holders[who % ACCOUNTS];
            uint256 account = ledger.accountOf(key);
            e.nullifier = Nullifier.wrap(account);
            inputs = bytes.concat(inputs, abi.encode(key, inEffect(account)));
        } else {
            (e.registryRoot, e.nullifier) = (ROOT, Nullifier.wrap(100 + who % PEOPLE));
            inputs = bytes.concat(
                inputs, abi.encode(ROOT, where_.scopeOf(address(idle)), e.nullifier)
            );
        }
        if (address(where_) == address(escrow)) {
            IEscrowGate.Seal memory seal_ = freshSeal();
            vm.prank(a.borrower);
            escrow.place(context, seal_);
            inputs = bytes.concat(inputs, abi.encode(arbitersKey(), seal_));
        }
        e.proof[0] = uint256(keccak256(inputs));
        idle.consume(where_, a, e);
        consumed[address(where_)][a.borrower] += 1;
        done += 1;
    }

    // --- tokens and time ------------------------------------------------------------------------

    function setPaused(uint256 dice) external {
        pausing.setPaused(dice % 3 == 0);
    }

    function setBlocked(uint256 who, uint256 dice) external {
        address account = borrowerAt(who);
        if (who % 3 == 1) account = lenderAt(who >> 8);
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
        uint256 choice = seed % 40;
        if (choice < 8) this.applyForLoan(a, b, c, seed >> 200);
        else if (choice < 15) this.fund(a, b, c, seed >> 200);
        else if (choice == 15) this.takeBack(a, b);
        else if (choice < 18) this.draw(a, b, c % 2 == 0);
        else if (choice < 22) this.repay(a, b, c, seed >> 200);
        else if (choice == 22) this.prepay(a, b, c, seed >> 200);
        else if (choice == 23) this.settle(a, b, c);
        else if (choice == 24) this.takeHoliday(a, b);
        else if (choice < 27) this.markDefault(a, b);
        else if (choice < 31) this.withdraw(a, b, c % 4 != 0);
        else if (choice == 31) this.withdrawFees(a, b);
        else if (choice == 32) this.cancel(a, b, c % 4 != 0);
        else if (choice == 33) this.setPaused(a);
        else if (choice == 34) this.setBlocked(a, b);
        else this.passTime(uint32(a));
    }

    // --- views for the invariants ---------------------------------------------------------------

    function marketAt(uint256 m) external view returns (LoanMarket) {
        return markets[m];
    }

    function bureauAt(uint256 m) external view returns (CreditBureau) {
        return bureaus[m];
    }

    function standingAt(uint256 m, LoanId loanId) external view returns (ILoanEngine.Standing) {
        return lenses[m].loanOf(loanId).standing;
    }

    /// @dev Tokens of a loan that wait for its borrower.
    function waitingTokens(uint256 m, LoanId loanId) external view returns (uint256) {
        return waitsIn(m, loanId) * units[tokenIn(m, loanId)];
    }

    /// @dev What came into a loan and did not go out to its lenders, base units of the token.
    function heldTokens(uint256 m, LoanId loanId) external view returns (uint256) {
        ILoanMarket.Entry memory kept = markets[m].entry(loanId);
        bool released = PartyWord.stageOf(kept.party) == ILoanMarket.Stage.Released;
        uint256 cameIn = released
            ? lenses[m].loanOf(loanId).received
            : ApplicationWords.unpack(kept.terms, kept.debt).funded;
        return cameIn * units[tokenIn(m, loanId)] - paidOutTokens[m][loanId];
    }

    function receivedAt(uint256 m, LoanId loanId) external view returns (uint256) {
        return lenses[m].loanOf(loanId).received;
    }

    function tokensOf(uint256 m, uint256 t) external view returns (uint256) {
        return Mintable(tokens[t]).balanceOf(address(markets[m]));
    }

    function feesAt(uint256 m, uint256 t) external view returns (uint256) {
        return markets[m].feesOf(COLLECTOR, tokens[t]);
    }

    function nullifierAt(uint256 m, uint256 person) external view returns (uint256) {
        return m == ON_LEDGER ? ledger.accountOf(holders[person % ACCOUNTS]) : 100 + person;
    }

    function sealsOf(LoanId loanId) external view returns (bytes32) {
        (, IEscrowGate.Seal memory seal_) = escrow.sealOf(address(markets[ESCROWED]), loanId);
        return keccak256(abi.encode(seal_));
    }
}
