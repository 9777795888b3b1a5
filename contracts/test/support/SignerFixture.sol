// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC7913SignatureVerifier} from "@openzeppelin/contracts/interfaces/IERC7913.sol";
import {cheats} from "./MoreCheats.sol";
import {TestBase} from "./TestBase.sol";

/// @dev Accepts what begins with the first eight bytes of keccak256(key, digest).
contract HashSigner is IERC7913SignatureVerifier {
    function verify(bytes calldata key, bytes32 hash, bytes calldata signature)
        external
        pure
        returns (bytes4)
    {
        bool right = bytes8(signature) == bytes8(keccak256(abi.encode(key, hash)));
        return right ? this.verify.selector : bytes4(0xffffffff);
    }
}

/// @title People with keys who sign together, written out from the words of EIP-712
abstract contract SignerFixture is TestBase {
    uint256 internal constant KEY = 0x51611;

    function signerOf(uint256 key) internal pure returns (bytes memory) {
        return abi.encodePacked(cheats.addr(key));
    }

    /// @dev The signers of `count` keys from KEY on, in the order of their keys.
    function signersUpTo(uint256 count) internal pure returns (bytes[] memory signers) {
        signers = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            signers[i] = signerOf(KEY + i);
        }
    }

    function one(bytes memory signer) internal pure returns (bytes[] memory signers) {
        signers = new bytes[](1);
        signers[0] = signer;
    }

    function digestOf(address place, string memory name, bytes32 structHash)
        internal
        view
        returns (bytes32)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                place
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function signatureOf(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev Signatures by keys KEY + i for each bit i of `who`, by rising hash of the signer.
    function signedBy(uint256 who, bytes32 digest) internal pure returns (bytes memory) {
        (bytes[] memory signers, bytes[] memory signatures) = partsBy(who, digest);
        return abi.encode(signers, signatures);
    }

    function partsBy(uint256 who, bytes32 digest)
        internal
        pure
        returns (bytes[] memory signers, bytes[] memory signatures)
    {
        uint256 count;
        for (uint256 i = 0; i < 16; ++i) {
            count += (who >> i) & 1;
        }
        signers = new bytes[](count);
        signatures = new bytes[](count);
        uint256 filled;
        for (uint256 i = 0; i < 16; ++i) {
            if ((who >> i) & 1 == 0) continue;
            insert(
                signers, signatures, filled, signerOf(KEY + i), signatureOf(KEY + i, digest)
            );
            filled += 1;
        }
    }

    /// @dev Inserts a signer into the first `filled` places, by rising hash.
    function insert(
        bytes[] memory signers,
        bytes[] memory signatures,
        uint256 filled,
        bytes memory signer,
        bytes memory signature
    ) internal pure {
        uint256 place = filled;
        while (place > 0 && keccak256(signers[place - 1]) > keccak256(signer)) {
            signers[place] = signers[place - 1];
            signatures[place] = signatures[place - 1];
            place -= 1;
        }
        signers[place] = signer;
        signatures[place] = signature;
    }

    function assertRefused(address place, bytes memory data, bytes memory expected) internal {
        (bool ok, bytes memory answer) = place.call(data);
        assertReverted(ok, answer, expected);
    }
}
