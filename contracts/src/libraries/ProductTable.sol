// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanEngine} from "../interfaces/ILoanEngine.sol";

/// @title Products as bytes: a header of conditions, and the rows of a table
/// @notice Reads header and rows in the layout of `PRODUCT_HEADER` and `ROW_FIELDS` of
///         zkcredit.schema, and computes rows and levels by the formulas of {ILoanEngine}.
/// @dev All numbers are big-endian. The name of a header field is its place and its width in bytes:
///      place << 8 | width.
///      Widths of fields bound everything that is computed: balances are below 2^48 before each
///      row, rates below 2^48 and shares below 2^32. So B * rate + 5 * 10^8 < 2^97,
///      P * share < 2^80, d <= 10^36 < 2^120, d * 10^9 < 2^150, B * 10^36 < 2^168, and the sum of
///      d * (P * share / 10^9) over 120 rows is below 2^178. S > 0, because the first row counts in
///      it with a divisor below 2^49. Nothing here can overflow.
library ProductTable {
    /// @notice The one version of the layout.
    uint256 internal constant VERSION = 1;
    /// @notice Length of the header, bytes.
    uint256 internal constant HEADER_LENGTH = 201;
    /// @notice Length of a row, bytes.
    uint256 internal constant ROW_LENGTH = 16;
    /// @notice The most rows of a table.
    uint256 internal constant MAX_ROWS = 120;
    /// @notice One whole, in the unit of rates and shares.
    uint256 internal constant ONE = 1e9;
    /// @notice The largest amount, minor currency units.
    uint256 internal constant MAX_AMOUNT = (1 << 48) - 1;
    /// @notice The month in which the burden AVERAGE is stated, seconds.
    uint256 internal constant MONTH = 30 days;

    /// @notice The kind LEVEL of a row.
    uint256 internal constant LEVEL = 1;
    /// @notice The kind SHARE of a row.
    uint256 internal constant SHARE = 2;
    /// @notice The kind INTEREST of a row.
    uint256 internal constant INTEREST = 3;
    /// @notice The kind DEFER of a row.
    uint256 internal constant DEFER = 4;
    /// @notice The kind REST of a row.
    uint256 internal constant REST = 5;
    /// @notice The rounding UP of a level; 2 is HALF_UP.
    uint256 internal constant ROUNDED_UP = 1;
    /// @notice The burden LEVEL: the level instalment; 2 is PEAK, the largest amount of a row.
    uint256 internal constant BURDEN_LEVEL = 1;
    /// @notice The burden AVERAGE: the total for 30 days of its time, rounded up.
    uint256 internal constant BURDEN_AVERAGE = 3;

    /// @notice Version of the layout.
    uint256 internal constant VERSION_FIELD = 0 << 8 | 1;
    /// @notice Number of rows.
    uint256 internal constant ROW_COUNT = 1 << 8 | 1;
    /// @notice Rounding of the level.
    uint256 internal constant ROUNDING = 2 << 8 | 1;
    /// @notice Which amount the policy judges.
    uint256 internal constant BURDEN = 3 << 8 | 1;
    /// @notice Number of payment holidays.
    uint256 internal constant HOLIDAYS = 4 << 8 | 1;
    /// @notice Fee at release, basis points.
    uint256 internal constant ORIGINATION_BPS = 5 << 8 | 2;
    /// @notice ISO 4217 number of the currency of the amounts.
    uint256 internal constant CURRENCY = 7 << 8 | 2;
    /// @notice ERC-20 in which the loan is paid.
    uint256 internal constant TOKEN = 9 << 8 | 20;
    /// @notice Base units of the token in one minor currency unit.
    uint256 internal constant TOKEN_UNIT = 29 << 8 | 12;
    /// @notice Who draws the fee at release.
    uint256 internal constant FEE_RECIPIENT = 41 << 8 | 20;
    /// @notice Smallest principal, minor currency units.
    uint256 internal constant MIN_PRINCIPAL = 61 << 8 | 6;
    /// @notice Largest principal, minor currency units.
    uint256 internal constant MAX_PRINCIPAL = 67 << 8 | 6;
    /// @notice Fee of a row that is late, minor currency units.
    uint256 internal constant LATE_FEE = 73 << 8 | 6;
    /// @notice The most that all late fees add up to, minor currency units.
    uint256 internal constant LATE_FEE_CAP = 79 << 8 | 6;
    /// @notice Time after a due without a late fee, seconds.
    uint256 internal constant GRACE = 85 << 8 | 4;
    /// @notice Time after a due from which default can be declared, seconds.
    uint256 internal constant DEFAULT_AFTER = 89 << 8 | 4;
    /// @notice Time for which an application can be funded, seconds.
    uint256 internal constant FUNDING_WINDOW = 93 << 8 | 4;
    /// @notice Greatest age of a proof at release, seconds.
    uint256 internal constant PROOF_AGE = 97 << 8 | 4;
    /// @notice Greatest age of an accepted credential, seconds; 0 accepts any.
    uint256 internal constant MAX_CREDENTIAL_AGE = 101 << 8 | 5;
    /// @notice Least score of the policy.
    uint256 internal constant MIN_SCORE = 106 << 8 | 2;
    /// @notice Greatest score of the policy.
    uint256 internal constant MAX_SCORE = 108 << 8 | 2;
    /// @notice Times that free income covers the burden, basis points.
    uint256 internal constant COVERAGE_BPS = 110 << 8 | 3;
    /// @notice Greatest part of income for debts, basis points.
    uint256 internal constant MAX_DTI_BPS = 113 << 8 | 2;
    /// @notice The most delinquencies.
    uint256 internal constant MAX_DELINQUENCIES = 115 << 8 | 2;
    /// @notice Least length of the credit history, months.
    uint256 internal constant MIN_HISTORY_MONTHS = 117 << 8 | 2;
    /// @notice Currency that the policy asks for; 0 for any.
    uint256 internal constant POLICY_CURRENCY = 119 << 8 | 2;
    /// @notice Hash of the issuers whose ledger entries count; 0 for all.
    uint256 internal constant ISSUERS = 121 << 8 | 26;
    /// @notice Least number of loans that the pseudonym repaid at the market's bureau.
    uint256 internal constant MIN_CYCLE = 147 << 8 | 2;
    /// @notice Conditions on a record, without the day; 0 without a source.
    uint256 internal constant HISTORY_TERMS = 149 << 8 | 32;
    /// @notice History tree in which the record is proved; 0 if none is asked for.
    uint256 internal constant HISTORY_SOURCE = 181 << 8 | 20;

    uint256 private constant HALF = 5e8;
    uint256 private constant SCALE = 1e36;

    /// @notice A product in memory.
    /// @param place Where the header begins, as an address in memory.
    /// @param count Number of rows.
    /// @param from Row of the level that was computed last, and one more; 0 before.
    /// @param balance Balance before that row, minor currency units.
    /// @param base Base of that level, minor currency units.
    /// @param level That level, minor currency units.
    struct Product {
        uint256 place;
        uint256 count;
        uint256 from;
        uint256 balance;
        uint256 base;
        uint256 level;
    }

    /// @notice Reads a product's data contract with one EXTCODECOPY.
    function read(address product) internal view returns (Product memory found) {
        uint256 length = product.code.length;
        // the longest is 1 + 201 + 16 * 120 bytes
        if (length <= HEADER_LENGTH || length > 1 + HEADER_LENGTH + ROW_LENGTH * MAX_ROWS) {
            revert ILoanEngine.NotAProduct(product);
        }
        uint256 place;
        assembly ("memory-safe") {
            place := mload(0x40)
            // a row is read as a word of 32 bytes, which ends 16 bytes behind the last one
            mstore(0x40, add(place, and(add(length, 63), not(31))))
            extcodecopy(product, place, 0, length)
        }
        uint256 first;
        assembly ("memory-safe") {
            first := byte(0, mload(place))
        }
        found.place = place + 1;
        found.count = field(found, ROW_COUNT);
        if (first != 0 || field(found, VERSION_FIELD) != VERSION || !_fits(found, length - 1)) {
            revert ILoanEngine.NotAProduct(product);
        }
    }

    /// @notice Takes bytes in memory for a product; `valid` says whether version and length fit.
    function from(bytes memory data) internal pure returns (Product memory found, bool valid) {
        if (data.length < HEADER_LENGTH) return (found, false);
        uint256 place;
        assembly ("memory-safe") {
            place := add(data, 32)
        }
        found.place = place;
        found.count = field(found, ROW_COUNT);
        valid = field(found, VERSION_FIELD) == VERSION && _fits(found, data.length);
    }

    function _fits(Product memory found, uint256 length) private pure returns (bool) {
        uint256 count = found.count;
        return count != 0 && count <= MAX_ROWS
            && length == HEADER_LENGTH + ROW_LENGTH * count;
    }

    /// @notice Value of a header field.
    function field(Product memory found, uint256 name) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(mload(found), shr(8, name)))
            value := shr(sub(256, mul(8, and(name, 0xff))), value)
        }
    }

    /// @notice Value of a header field that is an address.
    function account(Product memory found, uint256 name) internal pure returns (address value) {
        uint256 word = field(found, name);
        assembly ("memory-safe") {
            value := word
        }
    }

    /// @notice Keccak-256 of header and rows.
    function digest(Product memory found) internal pure returns (bytes32 hash) {
        uint256 length = HEADER_LENGTH + ROW_LENGTH * found.count;
        uint256 place = found.place;
        assembly ("memory-safe") {
            hash := keccak256(place, length)
        }
    }

    /// @notice Row `number`, 128 bits: due (40), rate (48), kind (8), share (32).
    function rowAt(Product memory found, uint256 number) internal pure returns (uint256 row) {
        uint256 place = found.place + HEADER_LENGTH + ROW_LENGTH * number;
        assembly ("memory-safe") {
            row := shr(128, mload(place))
        }
    }

    /// @notice When a row falls due, seconds after release.
    function dueOf(uint256 row) internal pure returns (uint256) {
        return row >> 88;
    }

    /// @notice Rate of a row, 10^-9 of the balance.
    function rateOf(uint256 row) internal pure returns (uint256) {
        return uint48(row >> 40);
    }

    /// @notice Kind of a row.
    function kindOf(uint256 row) internal pure returns (uint256) {
        return uint8(row >> 32);
    }

    /// @notice Share of a row, 10^-9 of the base.
    function shareOf(uint256 row) internal pure returns (uint256) {
        return uint32(row);
    }

    /// @notice Interest of one row on a balance below 2^48, minor currency units.
    function interestRoundedHalfUp(uint256 balance, uint256 row) internal pure returns (uint256) {
        unchecked {
            return (balance * rateOf(row) + HALF) / ONE;
        }
    }

    /// @notice What a row asks for, its interest, and the balance after it, minor currency units.
    /// @dev The balance, the base and the level are below 2^48.
    function runRow(uint256 row, uint256 balance, uint256 base, uint256 level)
        internal
        pure
        returns (uint256 amount, uint256 interest, uint256 rest)
    {
        unchecked {
            interest = interestRoundedHalfUp(balance, row);
            uint256 owed = balance + interest;
            if (owed > MAX_AMOUNT) {
                revert ILoanEngine.ScheduleDegenerate(ILoanEngine.Fault.TooLarge);
            }
            uint256 kind = kindOf(row);
            if (kind == LEVEL) {
                amount = level < owed ? level : owed;
            } else if (kind == SHARE) {
                uint256 part = base * shareOf(row) / ONE;
                amount = interest + (part < balance ? part : balance);
            } else if (kind == INTEREST) {
                amount = interest;
            } else if (kind != DEFER) {
                amount = owed;
            }
            rest = owed - amount;
        }
    }

    /// @notice The level for the rows from `number` on, which is a LEVEL row; minor currency units.
    /// @dev The last result is kept: a step runs the rows ahead several times from the same state.
    function levelFrom(Product memory found, uint256 number, uint256 balance, uint256 base)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            if (found.from != number + 1 || found.balance != balance || found.base != base) {
                found.level = _level(found, number, balance, base);
                found.from = number + 1;
                found.balance = balance;
                found.base = base;
            }
            return found.level;
        }
    }

    function _level(Product memory found, uint256 number, uint256 balance, uint256 base)
        private
        pure
        returns (uint256)
    {
        unchecked {
            uint256 discount = SCALE;
            uint256 weights;
            uint256 shares;
            for (uint256 count = found.count; number < count; ++number) {
                uint256 row = rowAt(found, number);
                uint256 kind = kindOf(row);
                if (kind == SHARE) {
                    shares += discount * (base * shareOf(row) / ONE);
                } else if (kind != INTEREST) {
                    discount = discount * ONE / (ONE + rateOf(row));
                    if (kind != DEFER) weights += discount;
                }
            }
            uint256 value = balance * SCALE;
            value = value > shares ? value - shares : 0;
            if (field(found, ROUNDING) == ROUNDED_UP) return (value + weights - 1) / weights;
            return (2 * value + weights) / (2 * weights);
        }
    }
}
