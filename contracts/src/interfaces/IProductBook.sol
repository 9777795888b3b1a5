// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LineId} from "../types/LineId.sol";
import {ILoanEngine} from "./ILoanEngine.sol";

/// @title Book of products that are tables
/// @notice Anybody publishes a product; it is kept as a data contract, which nobody can change. A
///         product that a lender or a borrower would regret is refused. Its creator opens and
///         closes it for applications, and puts another in its place with notice.
/// @dev Header and rows are in the layout of {ProductTable}. Fields are refused by the name that
///      `PRODUCT_HEADER` of zkcredit.schema gives them, rows by their number and the part that is
///      wrong.
///      Refused are: rows out of order, or less than a day apart; a REST row that is not the last,
///      or a last row that is not REST; a share in a row of another kind, a SHARE row without one,
///      and shares above one together; clocks below a day, and a default less than a day after
///      the grace; a least or a largest loan that {ILoanEngine.offer} refuses; a loan that could
///      owe 2^48 with its late fees; a policy in a currency if that of the loan is not said; and a
///      burden that understates a month: LEVEL or PEAK where payments are less than 25 days apart,
///      and LEVEL where not all payments are levels.
///
///      A line is a row of products of one creator, of which one takes applications. {announce}
///      names the next product and when it begins, at least {notice} ahead; from that second on the
///      line has it, and the one before is closed for good. A product is in one line at most.
///      Products of running loans stay as they are: nothing here reaches a loan.
///
///      Assumptions:
///      - the engine is a {ILoanEngine} that refuses degenerate loans.
interface IProductBook {
    /// @notice Thrown when the notice of a book is below a day or above 365 days.
    /// @param notice The notice, seconds.
    error NoticeInvalid(uint256 notice);
    /// @notice Thrown when a field of a product's header is outside its range, or contradicts
    ///         another.
    /// @param field Name of the field in `PRODUCT_HEADER`; "length" if the bytes are not a product.
    error FieldInvalid(string field);
    /// @notice Thrown when a row of a product is refused.
    /// @param row Number of the row, from 0.
    /// @param part What is wrong with it: "due", "kind" or "share".
    error RowInvalid(uint256 row, string part);
    /// @notice Thrown when a product was not published here.
    /// @param product The address.
    error NotPublished(address product);
    /// @notice Thrown when somebody else than its creator changes a product's state.
    /// @param product The product.
    /// @param caller Address that tried.
    error NotCreatorOfProduct(address product, address caller);
    /// @notice Thrown when no line has this number.
    /// @param lineId Number that was asked for.
    error LineUnknown(LineId lineId);
    /// @notice Thrown when somebody else than its creator changes a line.
    /// @param lineId Number of the line.
    /// @param caller Address that tried.
    error NotCreatorOfLine(LineId lineId, address caller);
    /// @notice Thrown when a product is in a line already.
    /// @param product The product.
    /// @param lineId Number of its line.
    error ProductInLine(address product, LineId lineId);
    /// @notice Thrown when a product would begin before the notice is over.
    /// @param startsAt When it would begin, Unix seconds.
    /// @param possibleAt Earliest time, Unix seconds.
    error NoticeTooShort(uint256 startsAt, uint256 possibleAt);
    /// @notice Thrown when a line already has an announced product that has not begun.
    /// @param lineId Number of the line.
    /// @param possibleAt When that product begins, Unix seconds.
    error AnnouncementPending(LineId lineId, uint256 possibleAt);
    /// @notice Thrown when a line does not have an announced product that has not begun.
    /// @param lineId Number of the line.
    error NothingAnnounced(LineId lineId);

    /// @notice Emitted when a product is published; it takes applications from then on.
    /// @param product Data contract of the product.
    /// @param creator Address that published it.
    /// @param digest Keccak-256 of its header and rows.
    event ProductPublished(
        address indexed product, address indexed creator, bytes32 indexed digest
    );
    /// @notice Emitted when a product is opened or closed by its creator.
    /// @param product The product.
    /// @param open Whether it takes applications, if its line has it.
    event ProductOpenChanged(address indexed product, bool open);
    /// @notice Emitted when a line begins with its first product.
    /// @param lineId Number of the line.
    /// @param creator Address that began it.
    /// @param product Its first product.
    event LineBegun(LineId indexed lineId, address indexed creator, address indexed product);
    /// @notice Emitted when the next product of a line is announced.
    /// @param lineId Number of the line.
    /// @param product The next product.
    /// @param startsAt When it begins and the one before closes, Unix seconds.
    event ProductAnnounced(LineId indexed lineId, address indexed product, uint256 startsAt);
    /// @notice Emitted when an announcement is taken back before its time.
    /// @param lineId Number of the line.
    /// @param product The product that will not begin.
    event AnnouncementWithdrawn(LineId indexed lineId, address indexed product);

    /// @notice Publishes a product.
    /// @param data Header and rows.
    /// @return product Data contract of the product.
    function publish(bytes calldata data) external returns (address product);

    /// @notice Opens or closes a product for applications. Only its creator.
    /// @param product The product.
    /// @param open Whether it takes applications, if its line has it.
    function setProductOpen(address product, bool open) external;

    /// @notice Begins a line with a product of the caller that is in no line.
    /// @param product Its first product.
    /// @return lineId Number of the line.
    function beginLine(address product) external returns (LineId lineId);

    /// @notice Names the next product of a line and when it begins. Only the line's creator, who
    ///         also published the product.
    /// @param lineId Number of the line.
    /// @param product The next product, which is in no line.
    /// @param startsAt When it begins, Unix seconds, at least {notice} ahead.
    function announce(LineId lineId, address product, uint256 startsAt) external;

    /// @notice Takes an announcement back before its time. Only the line's creator.
    /// @param lineId Number of the line.
    function withdrawAnnouncement(LineId lineId) external;

    /// @notice Engine whose refusals a product must pass.
    /// @return The engine.
    function engine() external view returns (ILoanEngine);

    /// @notice Least time between the announcement of a product and its beginning.
    /// @return Its length, seconds.
    function notice() external view returns (uint256);

    /// @notice Number of lines.
    /// @return How many there are.
    function lineCount() external view returns (uint256);

    /// @notice Who published a product; address 0 if it was not published here.
    /// @param product The address.
    /// @return Its creator.
    function creatorOf(address product) external view returns (address);

    /// @notice Whether a product takes applications now: published, opened, and the one of its line.
    /// @param product The address.
    /// @return Whether it does; false for an address that is not a product.
    function isOpen(address product) external view returns (bool);

    /// @notice Number of a product's line.
    /// @param product The address.
    /// @return lineId The number, or 0.
    function lineOf(address product) external view returns (LineId lineId);

    /// @notice What a line has now, and what is announced.
    /// @param lineId Number of the line.
    /// @return creator Address that began it.
    /// @return product The product that takes applications.
    /// @return next The announced product that has not begun, or address 0.
    /// @return startsAt When it begins, Unix seconds; 0 without one.
    function line(LineId lineId)
        external
        view
        returns (address creator, address product, address next, uint256 startsAt);
}
