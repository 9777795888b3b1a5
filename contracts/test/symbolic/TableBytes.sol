// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ProductTable} from "../../src/libraries/ProductTable.sol";

/// @title A product whose bytes are no variables
library TableBytes {
    /// @notice One row after 30 days that takes everything, at 1 %; one principal; grace 5 days,
    ///         default after 60 days, funding and proofs for 14 days; any proof will do.
    function ofOneRow(address token, uint256 principal) internal pure returns (bytes memory data) {
        data = new bytes(ProductTable.HEADER_LENGTH);
        put(data, ProductTable.VERSION_FIELD, 1);
        put(data, ProductTable.ROW_COUNT, 1);
        put(data, ProductTable.ROUNDING, 1);
        put(data, ProductTable.BURDEN, ProductTable.BURDEN_AVERAGE);
        put(data, ProductTable.TOKEN, uint160(token));
        put(data, ProductTable.TOKEN_UNIT, 1);
        put(data, ProductTable.MIN_PRINCIPAL, principal);
        put(data, ProductTable.MAX_PRINCIPAL, principal);
        put(data, ProductTable.GRACE, 5 days);
        put(data, ProductTable.DEFAULT_AFTER, 60 days);
        put(data, ProductTable.FUNDING_WINDOW, 14 days);
        put(data, ProductTable.PROOF_AGE, 14 days);
        put(data, ProductTable.MAX_SCORE, 65_535);
        return bytes.concat(
            data, abi.encodePacked(uint40(30 days), uint48(1e7), uint8(5), uint32(0))
        );
    }

    function put(bytes memory data, uint256 name, uint256 value) private pure {
        uint256 width = name & 0xff;
        for (uint256 i = 0; i < width; ++i) {
            data[(name >> 8) + width - 1 - i] = bytes1(uint8(value >> (8 * i)));
        }
    }
}
