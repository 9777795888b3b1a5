// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {Consents} from "../../src/market/Consents.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {cheats} from "./MoreCheats.sol";
import {TestBase} from "./TestBase.sol";

/// @dev A wallet with one owner, whose answers can be turned off.
contract OwnedWallet is IERC1271 {
    address private immutable owner;
    bool private closed;

    constructor(address owner_) {
        owner = owner_;
    }

    function close() external {
        closed = true;
    }

    function isValidSignature(bytes32 digest, bytes memory signature)
        external
        view
        returns (bytes4)
    {
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        bool right = !closed
            && (ecrecover(digest, 27, r, s) == owner || ecrecover(digest, 28, r, s) == owner);
        return right ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @dev Accepts nothing, in each of the ways in which a contract can.
contract StrangeWallet {
    uint256 private immutable way;

    constructor(uint256 way_) {
        way = way_;
    }

    fallback() external {
        uint256 how = way;
        assembly ("memory-safe") {
            mstore(0, 0x1626ba7e00000000000000000000000000000000000000000000000000000001)
            switch how
            case 0 { revert(0, 0) }
            case 1 { return(0, 0) }
            case 2 { return(0, 4) }
            case 3 { return(0, 32) }
            default { invalid() }
        }
    }
}

/// @title People who sign consents, written out from the words of EIP-712
abstract contract ConsentFixture is TestBase {
    uint256 internal constant KEY = 0xb0b;

    Consents internal consents = new Consents();

    function domain() internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("zkcredit consents"),
                keccak256("1"),
                block.chainid,
                consents
            )
        );
    }

    function digestOf(bytes memory data) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain(), keccak256(data)));
    }

    function signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function holidayDigest(
        address market,
        address signer,
        uint256 loanId,
        uint256 nonce,
        uint256 deadline
    ) internal view returns (bytes32) {
        return digestOf(
            abi.encode(
                keccak256(
                    "Holiday(address market,address borrower,uint256 loanId,uint256 series,uint256 nonce,uint256 deadline)"
                ),
                market,
                signer,
                loanId,
                consents.seriesOf(signer),
                nonce,
                deadline
            )
        );
    }

    /// @dev The consent of a key's account that `market` gives loan 5 a holiday.
    function holiday(uint256 key, address market, uint256 nonce, uint256 deadline)
        internal
        view
        returns (IConsents.Consent memory)
    {
        address signer = cheats.addr(key);
        bytes32 digest = holidayDigest(market, signer, 5, nonce, deadline);
        return IConsents.Consent(signer, nonce, deadline, signed(key, digest));
    }

    function takeAs(address market, IConsents.Consent memory consent) internal {
        vm.prank(market);
        consents.takeHoliday(consent, LoanId.wrap(5));
    }
}
