// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ProductBook} from "../src/market/ProductBook.sol";
import {LineId} from "../src/types/LineId.sol";
import {BookHandler} from "./support/BookHandler.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev A product never changes, and a line has what its history says, after any sequence of calls.
contract ProductBookInvariantTest is TestBase {
    BookHandler private handler;
    ProductBook private book;

    function setUp() public {
        handler = new BookHandler();
        book = handler.book();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantAProductNeverChanges() public view {
        for (uint256 i = 0; i < handler.productCount(); ++i) {
            address product = handler.products(i);
            assertEq(keccak256(product.code), handler.codes(product), "code");
            assertEq(book.creatorOf(product), handler.creators(product), "creator");
        }
    }

    function invariantALineHasWhatItsHistorySays() public view {
        for (uint256 i = 0; i < handler.productCount(); ++i) {
            address product = handler.products(i);
            assertTrue(book.isOpen(product) == handler.isOpen(product), "open");
            assertEq(LineId.unwrap(book.lineOf(product)), handler.lines(product), "line");
        }
        assertEq(book.lineCount(), handler.lineCount(), "count");
        for (uint256 number = 1; number <= handler.lineCount(); ++number) {
            (, address product,,) = book.line(LineId.wrap(number));
            assertEq(product, handler.presentOf(number), "product");
        }
    }
}
