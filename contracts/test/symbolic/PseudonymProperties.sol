// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EligibilityGate} from "../../src/gates/EligibilityGate.sol";
import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../../src/interfaces/ICreditBureau.sol";
import {IIssuerRegistry} from "../../src/interfaces/IIssuerRegistry.sol";
import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {Consents} from "../../src/market/Consents.sol";
import {CreditBureau} from "../../src/market/CreditBureau.sol";
import {LoanEngine} from "../../src/market/LoanEngine.sol";
import {LoanMarket} from "../../src/market/LoanMarket.sol";
import {ProductBook} from "../../src/market/ProductBook.sol";
import {TestToken} from "../../src/mocks/TestToken.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {NO_FX} from "../support/NoFx.sol";
import {AcceptingVerifier, SymbolicBase} from "./SymbolicBase.sol";
import {TableBytes} from "./TableBytes.sol";

/// @dev A market behind whose gate every proof is accepted: what a pseudonym may still do. Loans of
///      one row, in a bureau that never forgets a default.
contract PseudonymProperties is SymbolicBase {
    uint256 private constant START = 1_900_000_000;
    uint256 private constant PRINCIPAL = 1_000;
    address private constant ALICE = address(0xA11CE);
    address private constant BOB = address(0xB0B);
    LoanMarket private market;
    CreditBureau private bureau;
    address private product;

    function setUp() public {
        vm.warp(START);
        EligibilityGate gate = new EligibilityGate(
            new AcceptingVerifier(5), IIssuerRegistry(address(this)), 1 days, 1 hours, NO_FX
        );
        LoanEngine engine = new LoanEngine();
        ProductBook book = new ProductBook(engine, 1 days);
        bureau = new CreditBureau(address(this), 0, 0, ICreditBureau.Kind.Credential);
        market = new LoanMarket(
            gate, engine, book, bureau, new Consents(), address(this), address(this)
        );
        bureau.addMember(address(market), gate);
        TestToken token = new TestToken("Test euro", "TEUR", 2);
        market.setTokenAllowed(address(token), true);
        product = book.publish(TableBytes.ofOneRow(address(token), PRINCIPAL));
        token.mint(address(this), PRINCIPAL);
        token.approve(address(market), PRINCIPAL);
    }

    function maxCurrentAge() external pure returns (uint256) {
        return 30 days;
    }

    function isFresh(uint256, uint256) external pure returns (bool) {
        return true;
    }

    function rootRecord(uint256) external pure returns (IIssuerRegistry.RootRecord memory found) {
        return found;
    }

    function applies(address borrower, uint256 nullifier) private returns (bool ok) {
        IApplicationGate.Evidence memory e;
        e.nullifier = Nullifier.wrap(nullifier);
        (e.policyNow, e.deadline) = (uint40(block.timestamp), uint40(block.timestamp));
        vm.prank(borrower);
        (ok,) = address(market).call(
            abi.encodeCall(ILoanMarket.applyForLoan, (product, PRINCIPAL, 0, e))
        );
    }

    function fund() private {
        market.fund(LoanId.wrap(1), ALICE, product, PRINCIPAL, address(this));
    }

    function stateOf(uint256 nullifier) private view returns (ICreditBureau.State state) {
        (state,) = bureau.stateOf(Nullifier.wrap(nullifier));
    }

    function check_APseudonymHasOneLoanAtATime(uint256 first, uint256 second) external {
        assert(applies(ALICE, first));
        assert(stateOf(first) == ICreditBureau.State.Reserved);
        assert(applies(BOB, second) == (first != second));
    }

    function check_ACancelledApplicationFreesItsPseudonymAlone(uint256 first, uint256 other)
        external
    {
        vm.assume(first != other);
        assert(applies(ALICE, first) && applies(BOB, other));
        vm.prank(ALICE);
        market.cancel(LoanId.wrap(1));
        assert(stateOf(first) == ICreditBureau.State.Free);
        assert(stateOf(other) == ICreditBureau.State.Reserved);
    }

    /// @dev Nobody but the borrower cancels within the window, whoever asks.
    function check_OnlyTheBorrowerCancels(address caller, uint256 nullifier, uint40 time) external {
        assert(applies(ALICE, nullifier));
        vm.assume(time >= START && time <= START + 14 days);
        vm.warp(time);
        vm.prank(caller);
        (bool ok,) = address(market).call(abi.encodeCall(ILoanMarket.cancel, (LoanId.wrap(1))));
        assert(ok == (caller == ALICE));
    }

    function check_ADefaulterNeverAppliesAgain(uint256 nullifier, uint40 time) external {
        assert(applies(ALICE, nullifier));
        fund();
        market.draw(LoanId.wrap(1), ALICE);
        assert(stateOf(nullifier) == ICreditBureau.State.Open);
        vm.assume(time > START + 30 days + 60 days && time < 1 << 39);
        vm.warp(time);
        market.markDefault(LoanId.wrap(1));
        assert(stateOf(nullifier) == ICreditBureau.State.Defaulted);
        assert(!applies(ALICE, nullifier) && !applies(BOB, nullifier));
    }

    /// @dev Default comes after its time, and not before.
    function check_DefaultHasItsTime(uint256 nullifier, uint40 time) external {
        assert(applies(ALICE, nullifier));
        fund();
        market.draw(LoanId.wrap(1), ALICE);
        vm.assume(time >= START && time < 1 << 39);
        vm.warp(time);
        (bool ok,) =
            address(market).call(abi.encodeCall(ILoanMarket.markDefault, (LoanId.wrap(1))));
        assert(ok == (time > START + 30 days + 60 days));
    }
}
