// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITreasury} from "../../src/interfaces/ITreasury.sol";
import {TestToken} from "../../src/mocks/TestToken.sol";
import {Treasury} from "../../src/treasury/Treasury.sol";
import {cheats} from "./MoreCheats.sol";
import {SignerFixture} from "./SignerFixture.sol";

/// @title A treasury of two of three, with tokens and coin
abstract contract TreasuryFixture is SignerFixture {
    address internal constant PAYEE = address(0xBEEF);
    uint256 internal constant START = 1_900_000_000;
    uint256 internal constant FUNDS = 1_000_000;

    Treasury internal treasury;
    TestToken internal token;

    function deployTreasury() internal {
        vm.warp(START);
        treasury = new Treasury(signersUpTo(3), 2);
        token = new TestToken("Test dollar", "TUSD", 6);
        token.mint(address(treasury), FUNDS);
        cheats.deal(address(treasury), 1 ether);
    }

    function messageDigest(bytes32 structHash) internal view returns (bytes32) {
        return digestOf(address(treasury), "zkcredit treasury", structHash);
    }

    function releaseHash(
        address token_,
        address to,
        uint256 amount,
        uint256 nonce,
        uint256 deadline
    ) internal pure returns (bytes32) {
        bytes32 kind = keccak256(
            "Release(address token,address to,uint256 amount,uint256 nonce,uint256 deadline)"
        );
        return keccak256(abi.encode(kind, token_, to, amount, nonce, deadline));
    }

    function executeHash(
        address target,
        uint256 value,
        bytes memory data,
        uint256 nonce,
        uint256 deadline
    ) internal pure returns (bytes32) {
        bytes32 kind = keccak256(
            "Execute(address target,uint256 value,bytes data,uint256 nonce,uint256 deadline)"
        );
        return keccak256(abi.encode(kind, target, value, keccak256(data), nonce, deadline));
    }

    function cancelHash(uint256 nonce) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("Cancel(uint256 nonce)"), nonce));
    }

    /// @dev The call that releases 100 units to PAYEE until START + 1 hour, signed by `who`.
    function releaseBy(uint256 who, uint256 nonce) internal view returns (bytes memory) {
        uint256 deadline = START + 1 hours;
        bytes32 digest =
            messageDigest(releaseHash(address(token), PAYEE, 100, nonce, deadline));
        return releaseWith(nonce, signedBy(who, digest));
    }

    function releaseWith(uint256 nonce, bytes memory signatures)
        internal
        view
        returns (bytes memory)
    {
        return abi.encodeCall(
            ITreasury.release,
            (address(token), PAYEE, 100, nonce, START + 1 hours, signatures)
        );
    }

    /// @dev The call that lets the treasury call `target`, signed by `who`.
    function executeBy(uint256 who, address target, bytes memory data, uint256 nonce)
        internal
        view
        returns (bytes memory)
    {
        uint256 deadline = block.timestamp;
        bytes32 digest = messageDigest(executeHash(target, 0, data, nonce, deadline));
        return abi.encodeCall(
            ITreasury.execute, (target, 0, data, nonce, deadline, signedBy(who, digest))
        );
    }

    function cancelBy(uint256 who, uint256 nonce) internal view returns (bytes memory) {
        bytes32 digest = messageDigest(cancelHash(nonce));
        return abi.encodeCall(ITreasury.cancel, (nonce, signedBy(who, digest)));
    }
}
