// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ProductTable} from "../../src/libraries/ProductTable.sol";
import {ProductBook} from "../../src/market/ProductBook.sol";
import {TestToken} from "../../src/mocks/TestToken.sol";
import {LineId} from "../../src/types/LineId.sol";
import {TableFixture} from "./TableFixture.sol";

/// @title Lenders who publish products and put them into lines
/// @dev The handler knows the history of each line, and finds the present product in it.
contract BookHandler is TableFixture {
    uint256 private constant NOTICE = 2 days;
    uint256 private constant MOST = 24; // products

    /// @dev One product of a line, and when it begins.
    struct Entry {
        address product;
        uint256 startsAt;
    }

    ProductBook public book = new ProductBook(engine, NOTICE);
    TestToken private _token = new TestToken("Test dollar", "TUSD", 6);
    address[] public products;
    mapping(address product => address) public creators;
    mapping(address product => bool) public closed;
    mapping(address product => uint256) public lines;
    mapping(address product => bytes32) public codes;
    mapping(uint256 line => Entry[]) private _entries;
    mapping(uint256 line => address) private _owners;
    uint256 public lineCount;
    uint256 public done;

    constructor() {
        vm.warp(START);
    }

    function productCount() external view returns (uint256) {
        return products.length;
    }

    function lender(uint256 seed) private pure returns (address) {
        return address(uint160(0x1e0 + seed % 2));
    }

    function tried(address by, bytes memory data, bool may) private returns (bytes memory answer) {
        bool ok;
        vm.prank(by);
        (ok, answer) = address(book).call(data);
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok == may, "who may, and when");
        if (ok) done += 1;
    }

    /// @dev What a line has by its history.
    function presentOf(uint256 number) public view returns (address product) {
        Entry[] storage entries = _entries[number];
        for (uint256 i = 0; i < entries.length; ++i) {
            if (entries[i].startsAt <= block.timestamp) product = entries[i].product;
        }
    }

    function isOpen(address product) external view returns (bool) {
        uint256 number = lines[product];
        return !closed[product] && (number == 0 || presentOf(number) == product);
    }

    function pending(uint256 number) private view returns (bool) {
        Entry[] storage entries = _entries[number];
        return entries.length > 0 && entries[entries.length - 1].startsAt > block.timestamp;
    }

    function pick(uint256 seed) private view returns (address) {
        return products.length == 0 ? address(0) : products[seed % products.length];
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + clamp(time, 1, 3 days));
    }

    function publish(uint256 seed, bool right) external {
        if (products.length >= MOST) return;
        bytes memory header = plainHeader();
        put(header, ProductTable.TOKEN, uint160(address(_token)));
        put(header, ProductTable.GRACE, right ? 1 days : 1 days - 1);
        bytes memory data = join(header, monthly(seed % 2 == 0 ? "LLR" : "SIDR"));
        address by = lender(seed >> 8);
        bytes memory answer = tried(by, abi.encodeCall(book.publish, (data)), right);
        if (!right) return;
        address product = abi.decode(answer, (address));
        products.push(product);
        creators[product] = by;
        codes[product] = keccak256(bytes.concat(hex"00", data));
    }

    function setProductOpen(uint256 seed, bool open) external {
        (address product, address by) = (pick(seed), lender(seed >> 128));
        bool may = product != address(0) && creators[product] == by;
        tried(by, abi.encodeCall(book.setProductOpen, (product, open)), may);
        if (may) closed[product] = !open;
    }

    function beginLine(uint256 seed) external {
        (address product, address by) = (pick(seed), lender(seed >> 128));
        bool may = product != address(0) && creators[product] == by && lines[product] == 0;
        tried(by, abi.encodeCall(book.beginLine, (product)), may);
        if (!may) return;
        lines[product] = ++lineCount;
        _owners[lineCount] = by;
        _entries[lineCount].push(Entry(product, 0));
    }

    function announce(uint256 seed, uint256 ahead) external {
        uint256 number = (seed >> 64) % (lineCount + 1);
        (address product, address by) = (pick(seed), lender(seed >> 128));
        ahead = clamp(ahead, NOTICE - 1, NOTICE + 3 days);
        bool may = number != 0 && _owners[number] == by && !pending(number) && ahead >= NOTICE
            && creators[product] == by && lines[product] == 0;
        uint256 startsAt = block.timestamp + ahead;
        tried(by, abi.encodeCall(book.announce, (LineId.wrap(number), product, startsAt)), may);
        if (!may) return;
        lines[product] = number;
        _entries[number].push(Entry(product, startsAt));
    }

    function withdrawAnnouncement(uint256 seed) external {
        uint256 number = (seed >> 64) % (lineCount + 1);
        address by = lender(seed >> 128);
        bool may = number != 0 && _owners[number] == by && pending(number);
        tried(by, abi.encodeCall(book.withdrawAnnouncement, (LineId.wrap(number))), may);
        if (!may) return;
        Entry[] storage entries = _entries[number];
        lines[entries[entries.length - 1].product] = 0;
        entries.pop();
    }
}
