// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DataContract} from "../src/libraries/DataContract.sol";
import {TestBase} from "./support/TestBase.sol";

contract Writer {
    function write(bytes memory data) external returns (address) {
        return DataContract.write(data);
    }
}

/// @dev What is written is what the code holds, up to the most that a contract can hold.
contract DataContractTest is TestBase {
    uint256 private constant MOST = 24_575;
    Writer private writer;

    function setUp() public {
        writer = new Writer();
    }

    function dataOf(uint256 length) private pure returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i = 0; i < length; i += 997) {
            data[i] = bytes1(uint8(i % 251 + 1));
        }
        if (length > 0) data[length - 1] = 0xff;
    }

    function testEveryLengthUpToTheLimitIsKept() public {
        uint256[8] memory lengths = [uint256(0), 1, 31, 32, 255, 256, MOST - 1, MOST];
        for (uint256 i = 0; i < lengths.length; ++i) {
            bytes memory data = dataOf(lengths[i]);
            bytes memory code = writer.write(data).code;
            assertEq(code.length, lengths[i] + 1, "length");
            assertEq(keccak256(code), keccak256(bytes.concat(hex"00", data)), "code");
        }
    }

    /// @dev From 65,535 on the length does not fit the two bytes of the creation code.
    function testLongerDataIsRefused() public {
        uint256[7] memory lengths =
            [MOST + 1, MOST + 2, 65_534, 65_535, 65_536, 65_536 + 32, 65_535 + MOST];
        for (uint256 i = 0; i < lengths.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(DataContract.DataTooLong.selector, lengths[i])
            );
            writer.write(dataOf(lengths[i]));
        }
    }

    function testTooLittleGasIsAnErrorOfItsOwn() public {
        bytes memory data = dataOf(MOST);
        (bool ok, bytes memory answer) =
            address(writer).call{gas: 2_000_000}(abi.encodeCall(Writer.write, (data)));
        assertReverted(
            ok, answer, abi.encodeWithSelector(DataContract.DataContractFailed.selector)
        );
    }
}
