// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../../src/interfaces/ICreditBureau.sol";
import {ILoanLens} from "../../src/interfaces/ILoanLens.sol";
import {ILoanMarket2} from "../../src/interfaces/ILoanMarket2.sol";
import {CreditBureau} from "../../src/market/CreditBureau.sol";
import {LoanLens} from "../../src/market/LoanLens.sol";
import {LoanMarket2} from "../../src/market/LoanMarket2.sol";
import {ProductBook} from "../../src/market/ProductBook.sol";
import {TestToken} from "../../src/mocks/TestToken.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {Market2Fixture} from "./Market2Fixture.sol";
import {ToyProver} from "./ToyProver.sol";

/// @dev Applications to the unchanged market on any gate, with genuine proofs.
abstract contract GateFixture is Market2Fixture, ToyProver {
    LoanLens internal lens;

    /// @dev Opens a market on a gate, with a bureau of its own, and publishes the usual product.
    function openMarket(IApplicationGate gate_) internal {
        openMarket(gate_, headerOf(address(openToken())));
    }

    /// @dev As above, with another product.
    function openMarket(IApplicationGate gate_, bytes memory header) internal {
        if (address(book) == address(0)) book = new ProductBook(engine, 1 days);
        bureau = new CreditBureau(ADMIN, 0, 0, ICreditBureau.Kind.Credential);
        market =
            new LoanMarket2(gate_, engine, book, bureau, consents, ADMIN, OPERATOR);
        vm.prank(ADMIN);
        bureau.addMember(address(market), gate_);
        lens = new LoanLens(market);
        product = published(header, monthly("LLLLLLLLLLLR"));
    }

    function openToken() internal returns (TestToken) {
        if (address(token) == address(0)) token = new TestToken("Test euro", "TEUR", 6);
        return token;
    }

    /// @dev The market refuses the evidence with this error, when asked and when applied to.
    function refuse(address borrower, IApplicationGate.Evidence memory e, bytes memory expected)
        internal
    {
        refuse(borrower, e, expected, expected);
    }

    /// @dev The lens refuses with one error, and the market with another.
    function refuse(
        address borrower,
        IApplicationGate.Evidence memory e,
        bytes memory asked,
        bytes memory expected
    ) internal {
        (bool ok, bytes memory answer) = address(lens).staticcall(
            abi.encodeCall(ILoanLens.checkApplication, (borrower, product, PRINCIPAL, PURPOSE, e))
        );
        assertReverted(ok, answer, asked);
        vm.prank(borrower);
        (ok, answer) = address(market).call(
            abi.encodeCall(ILoanMarket2.applyForLoan, (product, PRINCIPAL, PURPOSE, e))
        );
        assertReverted(ok, answer, expected);
    }

    /// @dev A pseudonym that does something else is refused.
    function refuseTaken(
        address borrower,
        IApplicationGate.Evidence memory e,
        ICreditBureau.State state,
        uint256 possibleAt
    ) internal {
        refuse(
            borrower,
            e,
            abi.encodeWithSelector(ILoanLens.PseudonymNotFree.selector, e.nullifier, possibleAt),
            abi.encodeWithSelector(
                ICreditBureau.PseudonymTaken.selector, e.nullifier, state, possibleAt
            )
        );
    }

    /// @dev The market accepts the evidence, when asked and when applied to.
    function accept(IApplicationGate.Evidence memory e) internal returns (LoanId loanId) {
        lens.checkApplication(BORROWER, product, PRINCIPAL, PURPOSE, e);
        vm.prank(BORROWER);
        return market.applyForLoan(product, PRINCIPAL, PURPOSE, e);
    }

    /// @dev Funds an application in full, and lets the borrower draw.
    function released(LoanId loanId) internal {
        fundAs(LENDER, loanId, PRINCIPAL);
        market.draw(loanId, BORROWER);
    }
}
