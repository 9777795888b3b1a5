// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {MarketFixture} from "./MarketFixture.sol";
import {ToyProver} from "./ToyProver.sol";

/// @dev Applications to the unchanged market on any gate, with genuine proofs.
abstract contract GateFixture is MarketFixture, ToyProver {
    uint256 internal constant PRINCIPAL = 100_000;

    /// @dev The market refuses the evidence with this error, when asked and when applied to.
    function refuse(address borrower, IApplicationGate.Evidence memory e, bytes memory expected)
        internal
    {
        (bool ok, bytes memory answer) = address(market).staticcall(
            abi.encodeCall(ILoanMarket.checkApplication, (borrower, productId, PRINCIPAL, PURPOSE, e))
        );
        assertReverted(ok, answer, expected);
        vm.prank(borrower);
        (ok, answer) = address(market).call(
            abi.encodeCall(ILoanMarket.applyForLoan, (productId, PRINCIPAL, PURPOSE, e))
        );
        assertReverted(ok, answer, expected);
    }

    /// @dev The market accepts the evidence, when asked and when applied to.
    function accept(IApplicationGate.Evidence memory e) internal returns (LoanId loanId) {
        market.checkApplication(BORROWER, productId, PRINCIPAL, PURPOSE, e);
        vm.prank(BORROWER);
        return market.applyForLoan(productId, PRINCIPAL, PURPOSE, e);
    }
}
