// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {ILoanEngine} from "../../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {ProductTable} from "../../src/libraries/ProductTable.sol";
import {LoanMarket} from "../../src/market/LoanMarket.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {PositionId} from "../../src/types/PositionId.sol";
import {MarketFixture} from "./MarketFixture.sol";
import {Mintable} from "./Mintable.sol";
import {cheats} from "./MoreCheats.sol";
import {SwitchedFeeToken} from "./SwitchedFeeToken.sol";

/// @title Everything that changes a market whose products are tables
/// @dev Beside the market's books the handler counts what came in and went out of each loan. One of
///      the two tokens keeps a part now and then.
contract MarketHandler is MarketFixture {
    uint256 private constant PEOPLE = 5;
    uint256 private constant LENDERS = 3;
    address private constant TILL = address(0xCA5E);

    address[] public products;
    SwitchedFeeToken public charging;
    uint256 public done;
    mapping(LoanId loanId => uint256) public paidIn;
    mapping(LoanId loanId => uint256) public paidOutTokens;
    mapping(LoanId loanId => address) public agreed; // the product that all signed
    mapping(LoanId loanId => uint256) public seen; // the most that was ever received
    uint256 private replaced; // roots, so that each is another one

    constructor() {
        deployMarket();
        charging = new SwitchedFeeToken();
        bytes memory header = headerOf(address(token));
        put(header, ProductTable.DEFAULT_AFTER, 20 days);
        products.push(published(header, monthly("LLLR")));
        products.push(published(header, monthly("DSIR")));
        header = headerOf(address(charging));
        put(header, ProductTable.DEFAULT_AFTER, 20 days);
        put(header, ProductTable.ORIGINATION_BPS, 250);
        put(header, ProductTable.FEE_RECIPIENT, uint160(COLLECTOR));
        products.push(published(header, monthly("LLR")));
        products.push(published(header, monthly("ILSR")));
    }

    // --- who and what -------------------------------------------------------------------------

    function theMarket() external view returns (LoanMarket) {
        return market;
    }

    function tokenAt(uint256 which) external view returns (address) {
        return which == 0 ? address(token) : address(charging);
    }

    function people() external pure returns (uint256) {
        return PEOPLE;
    }

    function borrowerKey(uint256 seed) private pure returns (uint256) {
        return 0xB000 + seed % PEOPLE;
    }

    function lenderKey(uint256 seed) private pure returns (uint256) {
        return 0x1E00 + seed % LENDERS;
    }

    function keyOf(address account) private pure returns (uint256) {
        for (uint256 i = 0; i < LENDERS; ++i) {
            if (cheats.addr(lenderKey(i)) == account) return lenderKey(i);
        }
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (cheats.addr(borrowerKey(i)) == account) return borrowerKey(i);
        }
        return 0xdead;
    }

    /// @dev Mostly one of the last few.
    function someLoan(uint256 seed) private view returns (LoanId) {
        uint256 count = market.loanCount();
        if (count > 4 && seed % 4 != 0) return LoanId.wrap(count - (seed >> 4) % 4);
        return LoanId.wrap(count == 0 ? 0 : 1 + seed % count);
    }

    function tried(address by, bytes memory data) private returns (bool ok, bytes memory answer) {
        vm.prank(by == address(0) ? STRANGER : by); // nobody sends from address 0
        (ok, answer) = address(market).call(data);
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok || bytes4(answer) != bytes4(keccak256("Panic(uint256)")), "panic");
        if (ok) done += 1;
    }

    function give(address account, LoanId loanId, uint256 amount) private {
        if (LoanId.unwrap(loanId) != 0) endow(account, tokenOf(loanId), amount);
    }

    // --- the operator and the admin -----------------------------------------------------------

    function setTokenAllowed(uint256 which, uint256 seed) external {
        tried(OPERATOR, abi.encodeCall(market.setTokenAllowed, (this.tokenAt(which % 2), seed % 8 != 0)));
    }

    function setNewLoansPaused(uint256 seed) external {
        tried(OPERATOR, abi.encodeCall(market.setNewLoansPaused, (seed % 8 == 0)));
    }

    function giveNotice(uint256 which, uint256 time) external {
        uint256 until = block.timestamp + time % 40 days;
        tried(OPERATOR, abi.encodeCall(market.giveNotice, (this.tokenAt(which % 2), until)));
    }

    function setCharging(bool on) external {
        charging.setCharging(on);
    }

    /// @dev Sooner or later the operator lets business go on.
    function passTime(uint256 time) external {
        vm.warp(block.timestamp + time % 12 days);
        if (time % 2 == 0) return;
        tried(OPERATOR, abi.encodeCall(market.setNewLoansPaused, (false)));
        tried(OPERATOR, abi.encodeCall(market.setTokenAllowed, (this.tokenAt(time % 3 % 2), true)));
    }

    // --- applications -------------------------------------------------------------------------

    function evidenceNow(address borrower, address made, uint256 principal, uint256 person)
        private
        returns (IApplicationGate.Evidence memory)
    {
        uint256 root = registry.currentRoot();
        if (root == 0) {
            postRoot(uint256(keccak256(abi.encode(numbers, block.timestamp))) >> 8);
        } else {
            vm.prank(REGISTRAR);
            registry.renew(root);
        }
        return evidenceFor(borrower, made, principal, person);
    }

    function applyForLoan(uint256 who, uint256 which, uint256 principal) external {
        address borrower = cheats.addr(borrowerKey(who));
        address made = products[which % products.length];
        uint256 amount = clamp(principal, 1_000, 300_000);
        IApplicationGate.Evidence memory e = evidenceNow(borrower, made, amount, 1 + who % PEOPLE);
        (bool ok, bytes memory answer) = tried(
            borrower, abi.encodeCall(market.applyForLoan, (made, amount, PURPOSE, e))
        );
        if (ok) agreed[abi.decode(answer, (LoanId))] = made;
    }

    function applyFor(uint256 who, uint256 which, uint256 principal, bool right) external {
        uint256 key = borrowerKey(who);
        address borrower = cheats.addr(key);
        address made = products[which % products.length];
        uint256 amount = clamp(principal, 1_000, 300_000);
        IApplicationGate.Evidence memory e = evidenceNow(borrower, made, amount, 1 + who % PEOPLE);
        IConsents.Consent memory consent =
            consentTo(right ? key : key + 1, applicationDeed(borrower, made, amount));
        consent.signer = borrower;
        (bool ok, bytes memory answer) = tried(
            STRANGER, abi.encodeCall(market.applyFor, (consent, made, amount, PURPOSE, e))
        );
        assertTrue(!ok || right, "without the borrower's consent");
        if (ok) agreed[abi.decode(answer, (LoanId))] = made;
    }

    function renew(uint256 which) external {
        LoanId loanId = someLoan(which);
        if (LoanId.unwrap(loanId) == 0) return;
        uint256 person = Nullifier.unwrap(market.entry(loanId).nullifier);
        if (stageOf(loanId) > 2) return;
        IApplicationGate.Evidence memory e = evidenceNow(
            borrowerOf(loanId), productOf(loanId), principalOf(loanId), person
        );
        tried(STRANGER, abi.encodeCall(market.renew, (loanId, e)));
    }

    function replaceRoot(uint256 seed) external {
        if (seed % 4 != 0) return;
        uint256 root = registry.currentRoot();
        postRoot(uint256(keccak256(abi.encode(seed, ++replaced))) >> 8);
        if (seed % 8 == 0 && root != 0) withdrawRoot(root);
    }

    function cancel(uint256 which, bool asBorrower) external {
        LoanId loanId = someLoan(which);
        address by = asBorrower ? borrowerOf(loanId) : STRANGER;
        tried(by, abi.encodeCall(market.cancel, (loanId)));
    }

    function fund(uint256 which, uint256 who, uint256 amount) external {
        LoanId loanId = someLoan(which);
        address lender = cheats.addr(lenderKey(who));
        uint256 offered = who % 3 == 0 ? clamp(amount, 0, 100_000) : 300_000;
        give(lender, loanId, offered);
        (address borrower, address made) = (borrowerOf(loanId), productOf(loanId));
        tried(
            lender, abi.encodeCall(market.fund, (loanId, borrower, made, offered, lender))
        );
    }

    function takeBack(uint256 which) external {
        PositionId positionId = somePosition(which);
        address lender = market.position(positionId).lender;
        tried(lender, abi.encodeCall(market.takeBack, (positionId, TILL)));
    }

    function draw(uint256 which, bool asBorrower) external {
        LoanId loanId = someLoan(which);
        address borrower = borrowerOf(loanId);
        address by = asBorrower ? borrower : STRANGER;
        (bool ok,) = tried(by, abi.encodeCall(market.draw, (loanId, asBorrower ? TILL : borrower)));
        assertTrue(!ok || undrawnOf(loanId) == 0, "drawn once");
    }

    function withdrawFees(uint256 which) external {
        tried(COLLECTOR, abi.encodeCall(market.withdrawFees, (this.tokenAt(which % 2), TILL)));
    }

    // --- running loans ------------------------------------------------------------------------

    function paying(
        LoanId loanId,
        uint256 amount,
        function(LoanId, address, uint256) external returns (uint256) how
    ) private returns (bool ok) {
        address payer = cheats.addr(borrowerKey(amount));
        give(payer, loanId, amount);
        bytes memory answer;
        address borrower = borrowerOf(loanId);
        (ok, answer) =
            tried(payer, abi.encodeWithSelector(how.selector, loanId, borrower, amount));
        if (ok) paidIn[loanId] += abi.decode(answer, (uint256));
    }

    function repay(uint256 which, uint256 amount) external {
        LoanId loanId = someLoan(which);
        bool owes = stageOf(loanId) == 3
            && (standingOf(loanId) == uint256(ILoanEngine.Standing.Active)
                || standingOf(loanId) == uint256(ILoanEngine.Standing.Defaulted));
        bool ok = paying(loanId, clamp(amount, 2, amount % 8 == 0 ? 400_000 : 20_000), market.repay);
        assertTrue(ok == owes, "repayment is possible");
    }

    function settle(uint256 which, uint256 seed) external {
        paying(someLoan(which), 400_000 + seed % 50, market.settle);
    }

    function prepay(uint256 which, uint256 amount) external {
        paying(someLoan(which), clamp(amount, 1, 50_000), market.prepay);
    }

    function takeHoliday(uint256 which) external {
        LoanId loanId = someLoan(which);
        tried(borrowerOf(loanId), abi.encodeCall(market.takeHoliday, (loanId)));
    }

    function takeHolidayFor(uint256 which, bool right) external {
        LoanId loanId = someLoan(which);
        address borrower = borrowerOf(loanId);
        uint256 key = right ? keyOf(borrower) : 0xdead;
        IConsents.Consent memory consent =
            consentTo(key, holidayDeed(cheats.addr(key), loanId));
        (bool ok,) = tried(STRANGER, abi.encodeCall(market.takeHolidayFor, (consent, loanId)));
        assertTrue(!ok || right, "without the borrower's consent");
    }

    function restructure(uint256 which, uint256 what, uint256 missing) external {
        LoanId loanId = someLoan(which);
        address made = products[what % products.length];
        PositionId[] memory positions = positionsOf(loanId);
        if (LoanId.unwrap(loanId) == 0 || positions.length > 16) return;
        IConsents.Consent[] memory signatures = new IConsents.Consent[](positions.length + 1);
        for (uint256 i = 0; i <= positions.length; ++i) {
            address signer =
                i == 0 ? borrowerOf(loanId) : market.position(positions[i - 1]).lender;
            signatures[i] = restructuringConsent(keyOf(signer), loanId, made, 1e9);
            if (missing % 8 == i) signatures[i].signature[5] ^= 0x01;
        }
        (bool ok,) = tried(
            STRANGER,
            abi.encodeCall(market.restructure, (loanId, made, 1e9, positions, signatures))
        );
        assertTrue(!ok || missing % 8 > positions.length, "a consent is missing");
        if (ok) agreed[loanId] = made;
    }

    function positionsOf(LoanId loanId) private view returns (PositionId[] memory found) {
        uint256 count;
        found = new PositionId[](market.positionCount());
        for (uint256 id = 1; id <= found.length; ++id) {
            ILoanMarket.Position memory p = market.position(PositionId.wrap(id));
            bool stays = p.loanId == LoanId.unwrap(loanId) && p.lender != address(0);
            if (stays) found[count++] = PositionId.wrap(id);
        }
        assembly ("memory-safe") {
            mstore(found, count)
        }
    }

    function markDefault(uint256 which) external {
        LoanId loanId = someLoan(which);
        uint256 waits = undrawnOf(loanId);
        bool due = stageOf(loanId) == 3 && quoteOf(loanId).defaultable;
        (bool ok,) = tried(STRANGER, abi.encodeCall(market.markDefault, (loanId)));
        assertTrue(ok == due, "quote and markDefault disagree");
        // what was never drawn came in
        if (ok) paidIn[loanId] += waits - undrawnOf(loanId);
    }

    function somePosition(uint256 seed) private view returns (PositionId) {
        uint256 count = market.positionCount();
        return PositionId.wrap(count == 0 ? 0 : 1 + seed % count);
    }

    function withdraw(uint256 which, bool asOwner) external {
        PositionId positionId = somePosition(which);
        ILoanMarket.Position memory p = market.position(positionId);
        uint256 claim = market.withdrawable(positionId);
        address by = asOwner ? p.lender : STRANGER;
        (bool ok, bytes memory answer) =
            tried(by, abi.encodeCall(market.withdraw, (positionId, TILL)));
        assertTrue(ok == (asOwner && claim != 0), "withdrawal");
        if (!ok) return;
        assertEq(abi.decode(answer, (uint256)), claim, "what was said");
        paidOutTokens[LoanId.wrap(p.loanId)] += claim;
    }

    function note() external {
        for (uint256 id = 1; id <= market.loanCount(); ++id) {
            LoanId loanId = LoanId.wrap(id);
            if (stageOf(loanId) == 3) seen[loanId] = stateOf(loanId).received;
        }
    }

    /// @dev One step of a long life.
    function step(uint256 seed) external {
        (uint256 a, uint256 b, uint256 c) = (seed >> 16, seed >> 80, seed >> 144);
        uint256 choice = seed % 32;
        if (choice < 4) this.applyForLoan(a, b, c);
        else if (choice == 4) this.applyFor(a, b, c, c % 4 != 0);
        else if (choice < 10) this.fund(a, b, c);
        else if (choice == 10) this.takeBack(a);
        else if (choice < 13) this.draw(a, b % 2 == 0);
        else if (choice < 15) this.repay(a, b);
        else if (choice < 18) this.passTime(b);
        else if (choice == 18 && b % 3 == 0) this.settle(a, b);
        else if (choice < 20) this.prepay(a, b);
        else if (choice == 20) this.takeHoliday(a);
        else if (choice == 21) this.takeHolidayFor(a, b % 4 != 0);
        else if (choice == 22) this.restructure(a, b, c);
        else if (choice < 25) this.markDefault(a);
        else if (choice < 27) this.withdraw(a, b % 4 != 0);
        else if (choice == 27) this.cancel(a, b % 4 != 0);
        else this.rare(a, b, c);
    }

    function rare(uint256 a, uint256 b, uint256 c) external {
        if (c % 9 == 0) this.setTokenAllowed(a, b);
        else if (c % 9 == 1) this.setNewLoansPaused(a);
        else if (c % 9 == 2) this.giveNotice(a, b);
        else if (c % 9 == 3) this.setCharging(a % 2 == 0);
        else if (c % 9 == 4) this.withdrawFees(a);
        else if (c % 9 == 5) this.renew(a);
        else if (c % 9 == 6) this.replaceRoot(a);
        else this.passTime(a);
    }
}
