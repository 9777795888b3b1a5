// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FxQuotes} from "../../src/treasury/FxQuotes.sol";
import {SignerFixture} from "./SignerFixture.sol";

/// @title A source of quotes that two of three sign
abstract contract FxFixture is SignerFixture {
    uint256 internal constant START = 1_900_000_000;
    address internal constant GOVERNOR = address(0x60F);
    uint16 internal constant KES = 404;
    uint16 internal constant USD = 840;

    FxQuotes internal fx;

    function deployQuotes() internal {
        vm.warp(START);
        fx = new FxQuotes(GOVERNOR, signersUpTo(3), 2);
    }

    function quoteDigest(uint256[5] memory words) internal view returns (bytes32) {
        bytes32 kind =
            keccak256("Quote(uint16 base,uint16 quote,uint64 rate,uint40 from,uint40 until)");
        return digestOf(
            address(fx), "zkcredit fx quotes", keccak256(abi.encode(kind, words))
        );
    }

    /// @dev A shilling's cent is 0.0077 dollar cents, from now on for an hour.
    function quote() internal view returns (uint256[5] memory) {
        return [uint256(KES), USD, 7_700_000, block.timestamp, block.timestamp + 1 hours];
    }

    function evidenceBy(uint256 who, uint256[5] memory words)
        internal
        view
        returns (bytes memory)
    {
        return bytes.concat(abi.encode(words), signedBy(who, quoteDigest(words)));
    }
}
