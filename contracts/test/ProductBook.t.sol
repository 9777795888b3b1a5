// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {IProductBook} from "../src/interfaces/IProductBook.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {Requirements} from "../src/libraries/Requirements.sol";
import {ProductBook} from "../src/market/ProductBook.sol";
import {TestToken} from "../src/mocks/TestToken.sol";
import {LineId} from "../src/types/LineId.sol";
import {TableFixture} from "./support/TableFixture.sol";

/// @dev What a book publishes and refuses, and when a line changes its product.
contract ProductBookTest is TableFixture {
    address private constant LENDER = address(0x1e);
    address private constant STRANGER = address(0x5a);
    uint256 private constant NOTICE = 3 days;

    ProductBook private book = new ProductBook(engine, NOTICE);
    TestToken private token = new TestToken("Test dollar", "TUSD", 6);

    function setUp() public {
        vm.warp(START);
    }

    function header() private view returns (bytes memory made) {
        made = plainHeader();
        put(made, ProductTable.TOKEN, uint160(address(token)));
    }

    function published(string memory letters) private returns (address) {
        vm.prank(LENDER);
        return book.publish(join(header(), monthly(letters)));
    }

    function expectField(bytes memory data, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IProductBook.FieldInvalid.selector, field));
        book.publish(data);
    }

    function expectFieldOf(uint256 name, uint256 value, string memory field) private {
        bytes memory made = header();
        put(made, name, value);
        expectField(join(made, monthly("LLLLLLLLLLLR")), field);
    }

    function expectRow(bytes memory rows, uint256 row, string memory part) private {
        vm.expectRevert(abi.encodeWithSelector(IProductBook.RowInvalid.selector, row, part));
        book.publish(join(header(), rows));
    }

    function expectDegenerate(bytes memory data, ILoanEngine.Fault fault) private {
        vm.expectRevert(
            abi.encodeWithSelector(ILoanEngine.ScheduleDegenerate.selector, fault)
        );
        book.publish(data);
    }

    // --- the book -----------------------------------------------------------------------------

    function testABookHasANoticeAndAnEngine() public {
        uint256[3] memory wrong = [uint256(0), 1 days - 1, 365 days + 1];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IProductBook.NoticeInvalid.selector, wrong[i])
            );
            new ProductBook(engine, wrong[i]);
        }
        new ProductBook(engine, 1 days);
        new ProductBook(engine, 365 days);
        vm.expectRevert(
            abi.encodeWithSelector(Requirements.NotAContract.selector, address(0))
        );
        new ProductBook(ILoanEngine(address(0)), NOTICE);
        vm.expectRevert(
            abi.encodeWithSelector(Requirements.WrongKind.selector, address(token))
        );
        new ProductBook(ILoanEngine(address(token)), NOTICE);
        assertEq(address(book.engine()), address(engine), "engine");
        assertEq(book.notice(), NOTICE, "notice");
    }

    function testAProductIsWhatWasPublished() public {
        bytes memory data = join(header(), monthly("LLLLLLLLLLLR"));
        vm.expectEmit(false, true, true, true, address(book));
        emit IProductBook.ProductPublished(address(0), LENDER, keccak256(data));
        vm.prank(LENDER);
        address product = book.publish(data);
        assertEq(keccak256(product.code), keccak256(bytes.concat(hex"00", data)), "code");
        assertEq(book.creatorOf(product), LENDER, "creator");
        assertTrue(book.isOpen(product), "open");
        assertEq(LineId.unwrap(book.lineOf(product)), 0, "line");
        assertEq(engine.offer(product, 100_000).digest, keccak256(data), "digest");
        // the same bytes again are another product
        vm.prank(STRANGER);
        address other = book.publish(data);
        assertTrue(other != product, "address");
        assertEq(book.creatorOf(other), STRANGER, "other creator");
    }

    function testWhatWasNotPublishedIsNeverOpen() public {
        address product = productOf("LLR");
        address[4] memory others = [address(0), address(this), address(token), product];
        for (uint256 i = 0; i < 4; ++i) {
            assertTrue(!book.isOpen(others[i]), "open");
            assertEq(book.creatorOf(others[i]), address(0), "creator");
            bytes memory refusal =
                abi.encodeWithSelector(IProductBook.NotPublished.selector, others[i]);
            vm.expectRevert(refusal);
            book.setProductOpen(others[i], true);
            vm.expectRevert(refusal);
            book.beginLine(others[i]);
        }
    }

    function testOnlyItsCreatorOpensAndCloses() public {
        address product = published("LLR");
        vm.expectRevert(
            abi.encodeWithSelector(IProductBook.NotCreatorOfProduct.selector, product, STRANGER)
        );
        vm.prank(STRANGER);
        book.setProductOpen(product, false);
        vm.startPrank(LENDER);
        vm.expectEmit(true, true, true, true, address(book));
        emit IProductBook.ProductOpenChanged(product, false);
        book.setProductOpen(product, false);
        assertTrue(!book.isOpen(product), "closed");
        book.setProductOpen(product, true);
        assertTrue(book.isOpen(product), "open");
    }

    // --- the header ---------------------------------------------------------------------------

    function testBytesThatAreNotAProductAreRefused() public {
        bytes memory data = join(header(), monthly("LLR"));
        expectField("", "length");
        expectField(new bytes(200), "length");
        expectField(new bytes(201), "length");
        expectField(bytes.concat(data, hex"00"), "length");
        expectField(join(header(), ""), "length");
        data[0] = 0x02;
        expectField(data, "length");
        bytes memory rows;
        for (uint256 k = 1; k <= 121; ++k) {
            rows = bytes.concat(rows, rowOf(k * 1 days, 0, k < 121 ? 3 : 5, 0));
        }
        expectField(join(header(), rows), "length");
    }

    function testTheTokenIsAContractWithBalances() public {
        bytes memory made = header();
        address[3] memory wrong = [address(0), address(0x70), address(engine)];
        for (uint256 i = 0; i < 3; ++i) {
            put(made, ProductTable.TOKEN, uint160(wrong[i]));
            bytes4 refusal = i < 2
                ? Requirements.NotAContract.selector
                : Requirements.WrongKind.selector;
            vm.expectRevert(abi.encodeWithSelector(refusal, wrong[i]));
            book.publish(join(made, monthly("LLR")));
        }
    }

    function testMoney() public {
        expectFieldOf(ProductTable.TOKEN_UNIT, 0, "token_unit");
        expectFieldOf(ProductTable.MIN_PRINCIPAL, 0, "min_principal");
        expectFieldOf(ProductTable.MAX_PRINCIPAL, 999, "max_principal");
        expectFieldOf(ProductTable.LATE_FEE, 1_201, "late_fee_cap");
        expectFieldOf(ProductTable.ROUNDING, 0, "rounding");
        expectFieldOf(ProductTable.ROUNDING, 3, "rounding");
        expectFieldOf(ProductTable.ORIGINATION_BPS, 1_001, "origination_bps");
        expectFieldOf(ProductTable.ORIGINATION_BPS, 1, "fee_recipient");
        expectFieldOf(ProductTable.FEE_RECIPIENT, 1, "fee_recipient");
    }

    function testClocks() public {
        expectFieldOf(ProductTable.GRACE, 1 days - 1, "grace");
        expectFieldOf(ProductTable.DEFAULT_AFTER, 6 days - 1, "default_after");
        expectFieldOf(ProductTable.PROOF_AGE, 1 days - 1, "proof_age");
        expectFieldOf(ProductTable.FUNDING_WINDOW, 1 days - 1, "funding_window");
        expectFieldOf(ProductTable.FUNDING_WINDOW, 90 days + 1, "funding_window");
        expectFieldOf(ProductTable.HOLIDAYS, 13, "holidays");
    }

    function testThePolicyCanBeMet() public {
        bytes memory made = header();
        put(made, ProductTable.MIN_SCORE, 601);
        put(made, ProductTable.MAX_SCORE, 600);
        expectField(join(made, monthly("LLR")), "min_score");
        expectFieldOf(ProductTable.COVERAGE_BPS, 1 << 20, "coverage_bps");
        expectFieldOf(ProductTable.POLICY_CURRENCY, 978, "policy_currency");
        expectFieldOf(ProductTable.HISTORY_TERMS, 1, "history_source");
        expectFieldOf(ProductTable.HISTORY_SOURCE, 1, "history_source");
    }

    function testAHistoryHasASourceAndNoDay() public {
        bytes memory made = header();
        put(made, ProductTable.HISTORY_SOURCE, 5);
        put(made, ProductTable.MIN_CYCLE, 65_535);
        for (uint256 bit = 0; bit < 256; ++bit) {
            put(made, ProductTable.HISTORY_TERMS, 1 << bit);
            if (bit >= 164 || bit >= 68 && bit < 84) {
                expectField(join(made, monthly("LLR")), "history_terms");
            } else {
                book.publish(join(made, monthly("LLR")));
            }
        }
    }

    function testTheEdgesArePublished() public {
        bytes memory made = header();
        put(made, ProductTable.GRACE, 1 days);
        put(made, ProductTable.DEFAULT_AFTER, 2 days);
        put(made, ProductTable.PROOF_AGE, 1 days);
        put(made, ProductTable.FUNDING_WINDOW, 90 days);
        put(made, ProductTable.HOLIDAYS, 12);
        put(made, ProductTable.ORIGINATION_BPS, 1_000);
        put(made, ProductTable.FEE_RECIPIENT, 1);
        put(made, ProductTable.LATE_FEE, 1_200);
        put(made, ProductTable.MIN_SCORE, 65_535);
        put(made, ProductTable.COVERAGE_BPS, (1 << 20) - 1);
        put(made, ProductTable.CURRENCY, 1);
        put(made, ProductTable.POLICY_CURRENCY, 978);
        put(made, ProductTable.ISSUERS, type(uint208).max);
        put(made, ProductTable.MIN_PRINCIPAL, 10_000_000);
        book.publish(join(made, monthly("LLR")));
        bytes memory rows = bytes.concat(
            rowOf(1 days, 0, ProductTable.SHARE, 1e9 - 1),
            rowOf(2 days, (1 << 40), ProductTable.INTEREST, 0),
            rowOf((1 << 32) - 1, 0, ProductTable.REST, 0)
        );
        put(made, ProductTable.MIN_PRINCIPAL, 1);
        put(made, ProductTable.MAX_PRINCIPAL, 1);
        book.publish(join(made, rows));
    }

    // --- rows ---------------------------------------------------------------------------------

    function testDues() public {
        bytes memory rest = rowOf(2 * MONTH, 0, 5, 0);
        expectRow(rowOf(0, 0, 5, 0), 0, "due");
        expectRow(rowOf(1 days - 1, 0, 5, 0), 0, "due");
        expectRow(rowOf(1 << 32, 0, 5, 0), 0, "due");
        expectRow(bytes.concat(rowOf(2 * MONTH, 0, 1, 0), rest), 1, "due");
        expectRow(bytes.concat(rowOf(3 * MONTH, 0, 1, 0), rest), 1, "due");
        expectRow(bytes.concat(rowOf(2 * MONTH - 1 days + 1, 0, 1, 0), rest), 1, "due");
    }

    function testKinds() public {
        bytes memory rest = rowOf(2 * MONTH, 0, 5, 0);
        expectRow(bytes.concat(rowOf(MONTH, 0, 0, 0), rest), 0, "kind");
        expectRow(bytes.concat(rowOf(MONTH, 0, 6, 0), rest), 0, "kind");
        expectRow(bytes.concat(rowOf(MONTH, 0, 255, 0), rest), 0, "kind");
        expectRow(bytes.concat(rowOf(MONTH, 0, 5, 0), rest), 0, "kind");
        for (uint256 kind = 1; kind < 5; ++kind) {
            expectRow(rowOf(MONTH, 0, kind, 0), 0, "kind");
        }
    }

    function testShares() public {
        bytes memory rest = rowOf(2 * MONTH, 0, 5, 0);
        expectRow(bytes.concat(rowOf(MONTH, 0, 2, 0), rest), 0, "share");
        expectRow(bytes.concat(rowOf(MONTH, 0, 2, 1e9 + 1), rest), 0, "share");
        expectRow(
            bytes.concat(rowOf(1 days, 0, 2, 1e9), rowOf(MONTH, 0, 2, 1), rest), 1, "share"
        );
        uint8[3] memory others = [1, 3, 4];
        for (uint256 i = 0; i < 3; ++i) {
            expectRow(bytes.concat(rowOf(MONTH, 0, others[i], 1), rest), 0, "share");
        }
        expectRow(rowOf(MONTH, 0, 5, 1), 0, "share");
    }

    function testDegenerateLoansAreRefused() public {
        bytes memory made = header();
        put(made, ProductTable.MIN_PRINCIPAL, 5);
        expectDegenerate(join(made, monthly("LLLLLLLLLLLR")), ILoanEngine.Fault.LastIsZero);
        made = header();
        put(made, ProductTable.MAX_PRINCIPAL, 270e12);
        expectDegenerate(join(made, monthly("LLLLLLLLLLLR")), ILoanEngine.Fault.TooLarge);
    }

    function testTheLargestLoanAndItsFeesStayBelowTwoToThe48() public {
        bytes memory made = header();
        bytes memory rest = rowOf(MONTH, 0, 5, 0);
        put(made, ProductTable.MAX_PRINCIPAL, (1 << 48) - 501);
        book.publish(join(made, rest));
        put(made, ProductTable.MAX_PRINCIPAL, (1 << 48) - 500);
        expectField(join(made, rest), "max_principal");
        put(made, ProductTable.LATE_FEE, 0);
        book.publish(join(made, rest));
    }

    // --- burdens ------------------------------------------------------------------------------

    function testABurdenIsNotUnderstated() public {
        expectFieldOf(ProductTable.BURDEN, 0, "burden");
        expectFieldOf(ProductTable.BURDEN, 4, "burden");
        bytes memory made = header();
        for (uint256 rule = 1; rule <= 2; ++rule) {
            put(made, ProductTable.BURDEN, rule);
            bytes memory rest = rowOf(2 * MONTH, 0, 5, 0);
            uint256 close = 2 * MONTH - 25 days + 1;
            expectField(join(made, bytes.concat(rowOf(close, 0, 1, 0), rest)), "burden");
            expectField(join(made, rowOf(25 days - 1, 0, 5, 0)), "burden");
            book.publish(join(made, bytes.concat(rowOf(close - 1, 0, 1, 0), rest)));
            // a row that asks for nothing is not a payment
            bytes memory deferred =
                bytes.concat(rowOf(20 days, 0, 4, 0), rowOf(35 days, 0, 1, 0));
            book.publish(join(made, bytes.concat(deferred, rest)));
        }
        put(made, ProductTable.BURDEN, 1);
        expectField(join(made, monthly("R")), "burden");
        expectField(join(made, monthly("SR")), "burden");
        expectField(join(made, monthly("LSR")), "burden");
        expectField(join(made, monthly("LIR")), "burden");
        book.publish(join(made, monthly("DLR")));
        put(made, ProductTable.BURDEN, 2);
        book.publish(join(made, monthly("LSIR")));
        put(made, ProductTable.BURDEN, 3);
        book.publish(join(made, bytes.concat(rowOf(1 days, 0, 1, 0), rowOf(2 days, 0, 5, 0))));
    }

    // --- lines --------------------------------------------------------------------------------

    function lineOf(address first) private returns (LineId lineId) {
        vm.prank(LENDER);
        lineId = book.beginLine(first);
    }

    function announceAs(address by, LineId lineId, address product, uint256 startsAt) private {
        vm.prank(by);
        book.announce(lineId, product, startsAt);
    }

    function testALineChangesAtItsSecond() public {
        (address first, address second) = (published("LLR"), published("LLLR"));
        LineId lineId = lineOf(first);
        assertTrue(book.isOpen(second), "not in the line yet");
        uint256 startsAt = START + NOTICE;
        announceAs(LENDER, lineId, second, startsAt);
        for (uint256 time = START; time <= startsAt + 1; time += time == START ? NOTICE - 1 : 1) {
            vm.warp(time);
            bool begun = time >= startsAt;
            assertTrue(book.isOpen(first) != begun, "first");
            assertTrue(book.isOpen(second) == begun, "second");
            (address creator, address product, address next, uint256 begins) = book.line(lineId);
            assertEq(creator, LENDER, "creator");
            assertEq(product, begun ? second : first, "product");
            assertEq(next, begun ? address(0) : second, "next");
            assertEq(begins, begun ? 0 : startsAt, "when");
        }
        // the first is closed for good
        vm.startPrank(LENDER);
        book.setProductOpen(first, true);
        assertTrue(!book.isOpen(first), "first");
        vm.expectRevert(
            abi.encodeWithSelector(IProductBook.ProductInLine.selector, first, lineId)
        );
        book.announce(lineId, first, block.timestamp + NOTICE);
    }

    function testAnAnnouncementNeedsItsNotice() public {
        (address first, address second) = (published("LLR"), published("LLLR"));
        LineId lineId = lineOf(first);
        uint256 earliest = START + NOTICE;
        uint256[3] memory early = [earliest - 1, START, 0];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IProductBook.NoticeTooShort.selector, early[i], earliest
                )
            );
            announceAs(LENDER, lineId, second, early[i]);
        }
        vm.expectRevert();
        announceAs(LENDER, lineId, second, 1 << 40);
        announceAs(LENDER, lineId, second, earliest);
    }

    function testOneAnnouncementAtATime() public {
        (address first, address second, address third) =
            (published("LLR"), published("LLLR"), published("LR"));
        LineId lineId = lineOf(first);
        uint256 startsAt = START + NOTICE;
        announceAs(LENDER, lineId, second, startsAt);
        vm.warp(startsAt - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IProductBook.AnnouncementPending.selector, lineId, startsAt
            )
        );
        announceAs(LENDER, lineId, third, startsAt + NOTICE);
        vm.warp(startsAt);
        announceAs(LENDER, lineId, third, startsAt + NOTICE);
        assertTrue(book.isOpen(second) && !book.isOpen(first), "the second has begun");
        vm.warp(startsAt + NOTICE);
        assertTrue(book.isOpen(third) && !book.isOpen(second), "the third has begun");
    }

    function testAnAnnouncementIsWithdrawnBeforeItsTime() public {
        (address first, address second) = (published("LLR"), published("LLLR"));
        LineId lineId = lineOf(first);
        bytes memory nothing =
            abi.encodeWithSelector(IProductBook.NothingAnnounced.selector, lineId);
        vm.startPrank(LENDER);
        vm.expectRevert(nothing);
        book.withdrawAnnouncement(lineId);
        book.announce(lineId, second, START + NOTICE);
        vm.warp(START + NOTICE - 1);
        vm.expectEmit(true, true, true, true, address(book));
        emit IProductBook.AnnouncementWithdrawn(lineId, second);
        book.withdrawAnnouncement(lineId);
        vm.warp(START + 2 * NOTICE);
        assertTrue(book.isOpen(first) && book.isOpen(second), "both, and the second outside");
        book.announce(lineId, second, START + 3 * NOTICE);
        vm.warp(START + 3 * NOTICE);
        vm.expectRevert(nothing);
        book.withdrawAnnouncement(lineId);
        assertTrue(book.isOpen(second) && !book.isOpen(first), "the second has begun");
    }

    function testOnlyItsCreatorChangesALine() public {
        (address first, address second) = (published("LLR"), published("LLLR"));
        vm.expectRevert(
            abi.encodeWithSelector(IProductBook.NotCreatorOfProduct.selector, first, STRANGER)
        );
        vm.prank(STRANGER);
        book.beginLine(first);
        LineId lineId = lineOf(first);
        bytes memory refusal = abi.encodeWithSelector(
            IProductBook.NotCreatorOfLine.selector, lineId, STRANGER
        );
        vm.expectRevert(refusal);
        announceAs(STRANGER, lineId, second, START + NOTICE);
        vm.expectRevert(refusal);
        vm.prank(STRANGER);
        book.withdrawAnnouncement(lineId);
        vm.prank(STRANGER);
        address foreign = book.publish(join(header(), monthly("LR")));
        vm.expectRevert(
            abi.encodeWithSelector(IProductBook.NotCreatorOfProduct.selector, foreign, LENDER)
        );
        announceAs(LENDER, lineId, foreign, START + NOTICE);
        vm.expectRevert(abi.encodeWithSelector(IProductBook.ProductInLine.selector, first, lineId));
        vm.prank(LENDER);
        book.beginLine(first);
    }

    function testALineExists() public {
        for (uint256 number = 0; number < 3; ++number) {
            LineId lineId = LineId.wrap(number);
            bytes memory refusal =
                abi.encodeWithSelector(IProductBook.LineUnknown.selector, lineId);
            vm.expectRevert(refusal);
            book.line(lineId);
            vm.expectRevert(refusal);
            book.withdrawAnnouncement(lineId);
            vm.expectRevert(refusal);
            book.announce(lineId, address(0), START + NOTICE);
        }
        assertEq(book.lineCount(), 0, "count");
        lineOf(published("LLR"));
        assertEq(book.lineCount(), 1, "count");
    }

    function testFuzzTheEngineReadsWhatWasPublished(uint256 seed) public {
        bytes memory rows = monthly("LSIDLSIDLR");
        for (uint256 k = 0; k < 10; ++k) {
            uint256 rate = uint256(keccak256(abi.encode(seed, k))) % 5e7;
            put(rows, (16 * k + 5) << 8 | 6, rate);
        }
        bytes memory data = join(header(), rows);
        address product = book.publish(data);
        assertEq(engine.offer(product, clamp(seed, 1_000, 10_000_000)).digest, keccak256(data), "");
        assertEq(engine.schedule(product, 100_000).length, 10, "rows");
    }
}
