// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ILoanLens} from "../../src/interfaces/ILoanLens.sol";
import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {LoanLens} from "../../src/market/LoanLens.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {MarketFixture} from "./MarketFixture.sol";
import {ToyProver} from "./ToyProver.sol";

/// @title Applications to the unchanged market on any gate, with genuine proofs
abstract contract GateFixture is MarketFixture, ToyProver {
    LoanLens internal lens;

    /// @dev The market refuses the evidence with this error, when asked and when applied to.
    function refuse(address borrower, IApplicationGate.Evidence memory e, bytes memory expected)
        internal
    {
        refuse(borrower, e, expected, expected);
    }

    function refuse(
        address borrower,
        IApplicationGate.Evidence memory e,
        bytes memory asked,
        bytes memory appliedFor
    ) internal {
        (bool ok, bytes memory answer) = address(lens).staticcall(
            abi.encodeCall(ILoanLens.checkApplication, (borrower, product, PRINCIPAL, PURPOSE, e))
        );
        assertReverted(ok, answer, asked);
        vm.prank(borrower);
        (ok, answer) = address(market).call(
            abi.encodeCall(ILoanMarket.applyForLoan, (product, PRINCIPAL, PURPOSE, e))
        );
        assertReverted(ok, answer, appliedFor);
    }

    /// @dev The market accepts the evidence, when asked and when applied to.
    function accept(IApplicationGate.Evidence memory e) internal returns (LoanId loanId) {
        lens.checkApplication(BORROWER, product, PRINCIPAL, PURPOSE, e);
        vm.prank(BORROWER);
        return market.applyForLoan(product, PRINCIPAL, PURPOSE, e);
    }
}
