// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanEngine} from "../../src/interfaces/ILoanEngine.sol";
import {DataContract} from "../../src/libraries/DataContract.sol";
import {LoanWords} from "../../src/libraries/LoanWords.sol";
import {ProductTable} from "../../src/libraries/ProductTable.sol";
import {LoanEngine} from "../../src/market/LoanEngine.sol";
import {TestBase} from "./TestBase.sol";

/// @title Products that are tables, and loans of them
abstract contract TableFixture is TestBase {
    using LoanWords for ILoanEngine.Loan;
    using LoanWords for LoanWords.State;

    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant MONTH = 30 days;
    uint256 internal constant ONE_PERCENT = 1e7;
    address internal constant TOKEN = address(0x70);
    address internal constant NONE = address(0);

    LoanEngine internal engine = new LoanEngine();

    /// @dev The header of a product with the lender's usual conditions.
    function plainHeader() internal pure returns (bytes memory header) {
        header = new bytes(ProductTable.HEADER_LENGTH);
        put(header, ProductTable.VERSION_FIELD, 1);
        put(header, ProductTable.ROUNDING, 1);
        put(header, ProductTable.BURDEN, ProductTable.BURDEN_AVERAGE);
        put(header, ProductTable.HOLIDAYS, 2);
        put(header, ProductTable.TOKEN, uint160(TOKEN));
        put(header, ProductTable.TOKEN_UNIT, 10_000);
        put(header, ProductTable.MIN_PRINCIPAL, 1_000);
        put(header, ProductTable.MAX_PRINCIPAL, 10_000_000);
        put(header, ProductTable.LATE_FEE, 500);
        put(header, ProductTable.LATE_FEE_CAP, 1_200);
        put(header, ProductTable.GRACE, 5 days);
        put(header, ProductTable.DEFAULT_AFTER, 60 days);
        put(header, ProductTable.FUNDING_WINDOW, 7 days);
        put(header, ProductTable.PROOF_AGE, 7 days);
        put(header, ProductTable.MAX_SCORE, 65_535);
        put(header, ProductTable.MAX_DTI_BPS, 65_535);
        put(header, ProductTable.MAX_DELINQUENCIES, 65_535);
    }

    /// @dev Writes a field of a header, or a part of a row, in place.
    function put(bytes memory data, uint256 name, uint256 value) internal pure {
        uint256 width = name & 0xff;
        for (uint256 i = 0; i < width; ++i) {
            data[(name >> 8) + width - 1 - i] = bytes1(uint8(value >> (8 * i)));
        }
    }

    function rowOf(uint256 due, uint256 rate, uint256 kind, uint256 share)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(uint40(due), uint48(rate), uint8(kind), uint32(share));
    }

    /// @dev One row a month at 1 %, of the kind of each letter; shares of S rows are 10 %.
    function monthly(string memory letters) internal pure returns (bytes memory rows) {
        bytes memory kinds = bytes(letters);
        for (uint256 k = 0; k < kinds.length; ++k) {
            bytes1 letter = kinds[k];
            uint256 kind = letter == "L" ? 1 : letter == "S" ? 2 : letter == "I" ? 3 : 4;
            if (letter == "R") kind = 5;
            rows = bytes.concat(
                rows, rowOf((k + 1) * MONTH, ONE_PERCENT, kind, kind == 2 ? 1e8 : 0)
            );
        }
    }

    /// @dev A product's bytes; the number of rows is filled in.
    function join(bytes memory header, bytes memory rows) internal pure returns (bytes memory) {
        put(header, ProductTable.ROW_COUNT, rows.length / ProductTable.ROW_LENGTH);
        return bytes.concat(header, rows);
    }

    function productOf(string memory letters) internal returns (address) {
        return DataContract.write(join(plainHeader(), monthly(letters)));
    }

    function productWith(string memory letters, uint256 name, uint256 value)
        internal
        returns (address)
    {
        bytes memory header = plainHeader();
        put(header, name, value);
        return DataContract.write(join(header, monthly(letters)));
    }

    // --- loans --------------------------------------------------------------------------------

    function released(address product, uint256 principal)
        internal
        pure
        returns (ILoanEngine.Loan memory)
    {
        return LoanWords.start(product, principal, START).pack();
    }

    function step(
        ILoanEngine.Action action,
        ILoanEngine.Loan memory loan,
        uint256 amount,
        uint256 time
    ) internal view returns (ILoanEngine.Loan memory next) {
        (next,) = engine.run(action, loan, amount, time, NONE);
    }

    function repaid(ILoanEngine.Loan memory loan, uint256 amount, uint256 time)
        internal
        view
        returns (ILoanEngine.Loan memory)
    {
        return step(ILoanEngine.Action.Repay, loan, amount, time);
    }

    function opened(ILoanEngine.Loan memory loan)
        internal
        pure
        returns (LoanWords.State memory)
    {
        return loan.unpack();
    }

    function settlementAt(ILoanEngine.Loan memory loan, uint256 time)
        internal
        view
        returns (uint256)
    {
        return engine.quote(loan, time).settlement;
    }

    function expectRefusal(
        ILoanEngine.Action action,
        ILoanEngine.Loan memory loan,
        uint256 amount,
        uint256 time,
        bytes memory refusal
    ) internal {
        vm.expectRevert(refusal);
        engine.run(action, loan, amount, time, NONE);
    }
}
