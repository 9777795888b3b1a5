// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILoanEngine} from "../interfaces/ILoanEngine.sol";
import {IProductBook} from "../interfaces/IProductBook.sol";
import {DataContract} from "../libraries/DataContract.sol";
import {ProductTable} from "../libraries/ProductTable.sol";
import {Requirements} from "../libraries/Requirements.sol";
import {LineId} from "../types/LineId.sol";

/// @title Book of products that are tables
/// @dev The checks are those of `zkcredit.loan.TableProduct`, and one more: the token is a contract
///      that has balances. The book calls nobody but the token and the engine, and both by
///      STATICCALL.
contract ProductBook is IProductBook {
    using ProductTable for ProductTable.Product;
    using SafeCast for uint256;

    /// @notice What is kept of a product.
    /// @param creator Address that published it; zero if nobody did.
    /// @param closed Whether its creator closed it.
    /// @param line Number of its line, or 0.
    struct Record {
        address creator;
        bool closed;
        uint64 line;
    }

    /// @notice A line as stored.
    /// @param creator Address that began it.
    /// @param startsAt When `next` takes the place of `product`, Unix seconds.
    /// @param product The product before that time.
    /// @param next The product from that time on; zero if nothing was announced.
    struct Line {
        address creator;
        uint40 startsAt;
        address product;
        address next;
    }

    uint256 private constant MAX_FUNDING_WINDOW = 90 days;
    uint256 private constant MAX_HOLIDAYS = 12;
    uint256 private constant MAX_ORIGINATION_BPS = 1_000;
    uint256 private constant HISTORY_DAY = 68; // where the day stands in a word of terms
    uint256 private constant COVERAGE_LIMIT = 1 << 20;
    uint256 private constant DUE_LIMIT = 1 << 32;
    // February, less the days by which a due date may move to the next working day
    uint256 private constant SHORTEST_MONTH = 25 days;

    /// @inheritdoc IProductBook
    ILoanEngine public immutable engine;
    /// @inheritdoc IProductBook
    uint256 public immutable notice;
    /// @inheritdoc IProductBook
    uint256 public lineCount;

    mapping(address product => Record) private _records;
    mapping(LineId lineId => Line) private _lines;

    /// @notice Deploys an empty book.
    /// @param engine_ Engine whose refusals a product must pass.
    /// @param notice_ Least time from an announcement to its beginning, seconds, 1 to 365 days.
    constructor(ILoanEngine engine_, uint256 notice_) {
        if (notice_ < 1 days || notice_ > 365 days) revert NoticeInvalid(notice_);
        ILoanEngine.Loan memory none;
        Requirements.requireAnswer(
            address(engine_), abi.encodeCall(ILoanEngine.quote, (none, 0)), 6
        );
        engine = engine_;
        notice = notice_;
    }

    // --- products -----------------------------------------------------------------------------

    /// @inheritdoc IProductBook
    function publish(bytes calldata data) external returns (address product) {
        bytes memory copy = data;
        (ProductTable.Product memory table, bool valid) = ProductTable.from(copy);
        if (!valid) revert FieldInvalid("length");
        _checkMoney(table);
        _checkClocks(table);
        _checkPolicy(table);
        _checkRows(table);
        product = DataContract.write(copy);
        // the least loan is the one that rounding spoils, the largest the one that grows too big
        engine.offer(product, table.field(ProductTable.MIN_PRINCIPAL));
        _checkTotal(table, engine.offer(product, table.field(ProductTable.MAX_PRINCIPAL)).total);
        _records[product].creator = msg.sender;
        emit ProductPublished(product, msg.sender, table.digest());
    }

    /// @inheritdoc IProductBook
    function setProductOpen(address product, bool open) external {
        _own(product).closed = !open;
        emit ProductOpenChanged(product, open);
    }

    // --- lines --------------------------------------------------------------------------------

    /// @inheritdoc IProductBook
    function beginLine(address product) external returns (LineId lineId) {
        lineId = LineId.wrap(++lineCount);
        _enter(product, lineId);
        Line storage record = _lines[lineId];
        record.creator = msg.sender;
        record.product = product;
        emit LineBegun(lineId, msg.sender, product);
    }

    /// @inheritdoc IProductBook
    function announce(LineId lineId, address product, uint256 startsAt) external {
        Line storage record = _ownLine(lineId);
        if (_isPending(record)) revert AnnouncementPending(lineId, record.startsAt);
        uint256 earliest = block.timestamp + notice;
        if (startsAt < earliest) revert NoticeTooShort(startsAt, earliest);
        _enter(product, lineId);
        if (record.next != address(0)) record.product = record.next;
        record.next = product;
        record.startsAt = startsAt.toUint40();
        emit ProductAnnounced(lineId, product, startsAt);
    }

    /// @inheritdoc IProductBook
    function withdrawAnnouncement(LineId lineId) external {
        Line storage record = _ownLine(lineId);
        if (!_isPending(record)) revert NothingAnnounced(lineId);
        address product = record.next;
        _records[product].line = 0;
        record.next = address(0);
        record.startsAt = 0;
        emit AnnouncementWithdrawn(lineId, product);
    }

    // --- views --------------------------------------------------------------------------------

    /// @inheritdoc IProductBook
    function creatorOf(address product) external view returns (address) {
        return _records[product].creator;
    }

    /// @inheritdoc IProductBook
    function isOpen(address product) external view returns (bool) {
        Record storage record = _records[product];
        if (record.creator == address(0) || record.closed) return false;
        return record.line == 0 || _present(_lines[LineId.wrap(record.line)]) == product;
    }

    /// @inheritdoc IProductBook
    function lineOf(address product) external view returns (LineId lineId) {
        return LineId.wrap(_records[product].line);
    }

    /// @inheritdoc IProductBook
    function line(LineId lineId)
        external
        view
        returns (address creator, address product, address next, uint256 startsAt)
    {
        Line storage record = _line(lineId);
        creator = record.creator;
        product = _present(record);
        if (_isPending(record)) (next, startsAt) = (record.next, record.startsAt);
    }

    // --- who and which ------------------------------------------------------------------------

    function _own(address product) private view returns (Record storage record) {
        record = _records[product];
        if (record.creator == address(0)) revert NotPublished(product);
        if (record.creator != msg.sender) revert NotCreatorOfProduct(product, msg.sender);
    }

    function _enter(address product, LineId lineId) private {
        Record storage record = _own(product);
        if (record.line != 0) revert ProductInLine(product, LineId.wrap(record.line));
        record.line = LineId.unwrap(lineId).toUint64();
    }

    function _line(LineId lineId) private view returns (Line storage record) {
        record = _lines[lineId];
        if (record.creator == address(0)) revert LineUnknown(lineId);
    }

    function _ownLine(LineId lineId) private view returns (Line storage record) {
        record = _line(lineId);
        if (record.creator != msg.sender) revert NotCreatorOfLine(lineId, msg.sender);
    }

    function _isPending(Line storage record) private view returns (bool) {
        return block.timestamp < record.startsAt;
    }

    function _present(Line storage record) private view returns (address) {
        bool replaced = record.next != address(0) && !_isPending(record);
        return replaced ? record.next : record.product;
    }

    // --- what a product must be ---------------------------------------------------------------

    function _checkMoney(ProductTable.Product memory table) private view {
        address token = table.account(ProductTable.TOKEN);
        Requirements.requireKind(token, abi.encodeCall(IERC20.balanceOf, (address(this))));
        _require(table.field(ProductTable.TOKEN_UNIT) != 0, "token_unit");
        uint256 least = table.field(ProductTable.MIN_PRINCIPAL);
        _require(least != 0, "min_principal");
        _require(least <= table.field(ProductTable.MAX_PRINCIPAL), "max_principal");
        _require(
            table.field(ProductTable.LATE_FEE) <= table.field(ProductTable.LATE_FEE_CAP),
            "late_fee_cap"
        );
        uint256 fee = table.field(ProductTable.ORIGINATION_BPS);
        _require(fee <= MAX_ORIGINATION_BPS, "origination_bps");
        _require(
            (fee != 0) == (table.field(ProductTable.FEE_RECIPIENT) != 0), "fee_recipient"
        );
        uint256 rounding = table.field(ProductTable.ROUNDING);
        _require(rounding == 1 || rounding == 2, "rounding");
    }

    function _checkClocks(ProductTable.Product memory table) private pure {
        uint256 grace = table.field(ProductTable.GRACE);
        _require(grace >= 1 days, "grace");
        _require(table.field(ProductTable.DEFAULT_AFTER) >= grace + 1 days, "default_after");
        _require(table.field(ProductTable.PROOF_AGE) >= 1 days, "proof_age");
        uint256 window = table.field(ProductTable.FUNDING_WINDOW);
        _require(window >= 1 days && window <= MAX_FUNDING_WINDOW, "funding_window");
        _require(table.field(ProductTable.HOLIDAYS) <= MAX_HOLIDAYS, "holidays");
    }

    function _checkPolicy(ProductTable.Product memory table) private pure {
        _require(
            table.field(ProductTable.MIN_SCORE) <= table.field(ProductTable.MAX_SCORE), "min_score"
        );
        _require(table.field(ProductTable.COVERAGE_BPS) < COVERAGE_LIMIT, "coverage_bps");
        // another currency than the loan's is converted, which needs both
        _require(
            table.field(ProductTable.POLICY_CURRENCY) == 0
                || table.field(ProductTable.CURRENCY) != 0,
            "policy_currency"
        );
        uint256 history = table.field(ProductTable.HISTORY_TERMS);
        // of the 164 bits the day is the gate's
        _require(
            history >> 164 == 0 && uint16(history >> HISTORY_DAY) == 0, "history_terms"
        );
        bool named = table.field(ProductTable.HISTORY_SOURCE) != 0;
        _require(named == (history != 0), "history_source");
    }

    function _checkRows(ProductTable.Product memory table) private pure {
        uint256 before;
        uint256 asked; // due of the last row that asks for something
        uint256 shares;
        uint256 kinds; // one bit for each kind
        bool monthly = true;
        for (uint256 k = 0; k < table.count; ++k) {
            uint256 row = table.rowAt(k);
            uint256 due = ProductTable.dueOf(row);
            uint256 kind = ProductTable.kindOf(row);
            if (due >= DUE_LIMIT || due < before + 1 days) revert RowInvalid(k, "due");
            if (kind == 0 || (kind == ProductTable.REST) != (k + 1 == table.count)) {
                revert RowInvalid(k, "kind");
            }
            if (kind > ProductTable.REST) revert RowInvalid(k, "kind");
            uint256 share = ProductTable.shareOf(row);
            shares += share;
            if ((kind == ProductTable.SHARE) != (share != 0) || shares > ProductTable.ONE) {
                revert RowInvalid(k, "share");
            }
            before = due;
            kinds |= 1 << kind;
            if (kind == ProductTable.DEFER) continue;
            if (due < asked + SHORTEST_MONTH) monthly = false;
            asked = due;
        }
        _checkBurden(table.field(ProductTable.BURDEN), kinds, monthly);
    }

    /// @dev The policy must not judge less than a month costs.
    function _checkBurden(uint256 burden, uint256 kinds, bool monthly) private pure {
        _require(burden != 0 && burden <= ProductTable.BURDEN_AVERAGE, "burden");
        _require(monthly || burden == ProductTable.BURDEN_AVERAGE, "burden");
        if (burden != ProductTable.BURDEN_LEVEL) return;
        uint256 others = 1 << ProductTable.SHARE | 1 << ProductTable.INTEREST;
        _require(kinds & 1 << ProductTable.LEVEL != 0 && kinds & others == 0, "burden");
    }

    function _checkTotal(ProductTable.Product memory table, uint256 total) private pure {
        uint256 fees = table.field(ProductTable.LATE_FEE) * table.count;
        uint256 cap = table.field(ProductTable.LATE_FEE_CAP);
        _require(
            total + (fees < cap ? fees : cap) <= ProductTable.MAX_AMOUNT, "max_principal"
        );
    }

    function _require(bool condition, string memory field) private pure {
        if (!condition) revert FieldInvalid(field);
    }
}
