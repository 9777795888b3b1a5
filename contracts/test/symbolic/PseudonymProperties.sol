// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EligibilityGate} from "../../src/gates/EligibilityGate.sol";
import {LoanMarket} from "../../src/market/LoanMarket.sol";
import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {IIssuerRegistry} from "../../src/interfaces/IIssuerRegistry.sol";
import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {TestToken} from "../../src/mocks/TestToken.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {ProductId} from "../../src/types/ProductId.sol";
import {AcceptingVerifier, SymbolicBase} from "./SymbolicBase.sol";

/// @dev A market behind whose gate every proof is accepted: what a pseudonym may still do. Loans of
///      one instalment.
contract PseudonymProperties is SymbolicBase {
    uint256 private constant START = 1_900_000_000;
    uint256 private constant PRINCIPAL = 1_000;
    address private constant ALICE = address(0xA11CE);
    address private constant BOB = address(0xB0B);
    LoanMarket private market;
    TestToken private token;
    ProductId private productId;

    function setUp() public {
        vm.warp(START);
        EligibilityGate gate = new EligibilityGate(
            new AcceptingVerifier(5), IIssuerRegistry(address(this)), 1 days, 1 hours
        );
        market = new LoanMarket(gate, address(this), address(this));
        token = new TestToken("Test euro", "TEUR", 2);
        market.setTokenAllowed(address(token), true);
        ILoanMarket.ProductTerms memory terms;
        (terms.token, terms.unit) = (address(token), 1);
        (terms.minPrincipal, terms.maxPrincipal) = (uint48(PRINCIPAL), uint48(PRINCIPAL));
        (terms.rateBps, terms.instalments, terms.period) = (100, 1, 30 days);
        (terms.grace, terms.defaultAfter, terms.fundingWindow) = (5 days, 60 days, 14 days);
        productId = market.createProduct(terms);
        token.mint(address(this), PRINCIPAL);
        token.approve(address(market), PRINCIPAL);
    }

    function maxCurrentAge() external pure returns (uint256) {
        return 30 days;
    }

    function isFresh(uint256, uint256) external pure returns (bool) {
        return true;
    }

    function applies(address borrower, uint256 nullifier) private returns (bool ok) {
        IApplicationGate.Evidence memory e;
        e.nullifier = Nullifier.wrap(nullifier);
        (e.policyNow, e.deadline) = (uint40(block.timestamp), uint40(block.timestamp));
        vm.prank(borrower);
        (ok,) = address(market).call(
            abi.encodeCall(ILoanMarket.applyForLoan, (productId, PRINCIPAL, 0, e))
        );
    }

    function stateOf(uint256 nullifier) private view returns (ILoanMarket.PseudonymState) {
        return market.pseudonym(Nullifier.wrap(nullifier)).state;
    }

    function check_APseudonymHasOneLoanAtATime(uint256 first, uint256 second) external {
        assert(applies(ALICE, first));
        assert(stateOf(first) == ILoanMarket.PseudonymState.Open);
        assert(applies(BOB, second) == (first != second));
    }

    function check_ACancelledApplicationFreesItsPseudonymAlone(uint256 first, uint256 other)
        external
    {
        vm.assume(first != other);
        assert(applies(ALICE, first) && applies(BOB, other));
        vm.prank(ALICE);
        market.cancel(LoanId.wrap(1));
        assert(stateOf(first) == ILoanMarket.PseudonymState.None);
        assert(stateOf(other) == ILoanMarket.PseudonymState.Open);
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
        market.fund(LoanId.wrap(1), PRINCIPAL);
        vm.assume(time > START + 30 days + 60 days && time < 1 << 39);
        vm.warp(time);
        market.markDefault(LoanId.wrap(1));
        assert(stateOf(nullifier) == ILoanMarket.PseudonymState.Blocked);
        assert(!applies(ALICE, nullifier) && !applies(BOB, nullifier));
    }

    /// @dev Default comes after its time, and not before.
    function check_DefaultHasItsTime(uint256 nullifier, uint40 time) external {
        assert(applies(ALICE, nullifier));
        market.fund(LoanId.wrap(1), PRINCIPAL);
        vm.assume(time >= START && time < 1 << 39);
        vm.warp(time);
        (bool ok,) =
            address(market).call(abi.encodeCall(ILoanMarket.markDefault, (LoanId.wrap(1))));
        assert(ok == (time > START + 30 days + 60 days));
    }
}
