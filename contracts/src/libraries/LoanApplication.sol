// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../interfaces/IApplicationGate.sol";
import {ILoanEngine} from "../interfaces/ILoanEngine.sol";
import {ProductId} from "../types/ProductId.sol";
import {ProductTable} from "./ProductTable.sol";

/// @title What a gate is told of an application for a product that is a table
/// @notice The product's number is its address, its terms are its digest, the instalment is its
///         burden, and currency, policy, issuers, cycle and history come from its header.
library LoanApplication {
    using ProductTable for ProductTable.Product;

    /// @notice The application as the gate sees it, and the engine's offer; reverts if the engine
    ///         refuses the amount.
    function build(
        ILoanEngine engine,
        address borrower,
        address product,
        uint256 principal,
        uint16 purpose
    )
        internal
        view
        returns (IApplicationGate.Application memory application, ILoanEngine.Offer memory offer)
    {
        offer = engine.offer(product, principal);
        application.borrower = borrower;
        application.productId = ProductId.wrap(uint160(product));
        application.principal = principal;
        application.purpose = purpose;
        application.instalment = offer.burden;
        application.termsHash = offer.digest;
        ProductTable.Product memory table = ProductTable.read(product);
        // each field is as wide in the header as it is here
        application.currency = uint16(table.field(ProductTable.CURRENCY));
        application.issuers = bytes26(uint208(table.field(ProductTable.ISSUERS)));
        application.minCycle = uint16(table.field(ProductTable.MIN_CYCLE));
        application.historyTerms = table.field(ProductTable.HISTORY_TERMS);
        application.historySource = table.account(ProductTable.HISTORY_SOURCE);
        application.policy = IApplicationGate.Policy({
            minScore: uint16(table.field(ProductTable.MIN_SCORE)),
            maxScore: uint16(table.field(ProductTable.MAX_SCORE)),
            coverageBps: uint24(table.field(ProductTable.COVERAGE_BPS)),
            maxDtiBps: uint16(table.field(ProductTable.MAX_DTI_BPS)),
            maxDelinquencies: uint16(table.field(ProductTable.MAX_DELINQUENCIES)),
            minHistoryMonths: uint16(table.field(ProductTable.MIN_HISTORY_MONTHS)),
            currency: uint16(table.field(ProductTable.POLICY_CURRENCY)),
            maxCredentialAge: uint40(table.field(ProductTable.MAX_CREDENTIAL_AGE))
        });
    }
}
