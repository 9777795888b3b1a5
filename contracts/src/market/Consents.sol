// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IConsents} from "../interfaces/IConsents.sol";
import {LoanId} from "../types/LoanId.sol";

/// @title Consents that people sign, and that anybody may carry to a market
/// @dev The market is the caller, so nobody else can use up a consent that names it. A signer's
///      contract is asked by STATICCALL.
contract Consents is IConsents, EIP712 {
    bytes32 private constant APPLICATION = keccak256(
        "Application(address market,address borrower,address product,uint256 principal,uint16 purpose,uint256 series,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant HOLIDAY = keccak256(
        "Holiday(address market,address borrower,uint256 loanId,uint256 series,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant RESTRUCTURING = keccak256(
        "Restructuring(address market,address signer,uint256 loanId,address product,uint256 limit,uint256 series,uint256 nonce,uint256 deadline)"
    );
    // how the code of an account begins that delegates by EIP-7702; no contract begins with 0xef
    // since EIP-3541
    bytes3 private constant DELEGATED = 0xef0100;

    /// @inheritdoc IConsents
    mapping(address signer => uint256) public seriesOf;

    mapping(address signer => mapping(uint256 place => uint256 bits)) private _used;

    /// @notice Deploys a contract to which no consent was carried yet.
    constructor() EIP712("zkcredit consents", "1") {}

    /// @inheritdoc IConsents
    function takeApplication(
        Consent calldata consent,
        address product,
        uint256 principal,
        uint16 purpose
    ) external {
        bytes memory deed = abi.encode(
            APPLICATION, msg.sender, consent.signer, product, principal, uint256(purpose)
        );
        _take(consent, deed);
    }

    /// @inheritdoc IConsents
    function takeHoliday(Consent calldata consent, LoanId loanId) external {
        _take(consent, abi.encode(HOLIDAY, msg.sender, consent.signer, loanId));
    }

    /// @inheritdoc IConsents
    function takeRestructuring(
        Consent calldata consent,
        LoanId loanId,
        address product,
        uint256 limit
    ) external {
        _take(
            consent, abi.encode(RESTRUCTURING, msg.sender, consent.signer, loanId, product, limit)
        );
    }

    /// @inheritdoc IConsents
    function revoke(uint256 nonce) external {
        _use(msg.sender, nonce);
        emit ConsentRevoked(msg.sender, nonce);
    }

    /// @inheritdoc IConsents
    function revokeAll() external {
        uint256 series = ++seriesOf[msg.sender];
        emit SeriesBegun(msg.sender, series);
    }

    /// @inheritdoc IConsents
    function isUsed(address signer, uint256 nonce) external view returns (bool) {
        return _used[signer][nonce >> 8] & 1 << (nonce & 0xff) != 0;
    }

    /// @dev `deed` is the typed data without its last three words, which all types share.
    function _take(Consent calldata consent, bytes memory deed) private {
        if (block.timestamp > consent.deadline) revert ConsentExpired(consent.deadline);
        address signer = consent.signer;
        _use(signer, consent.nonce);
        bytes memory data =
            bytes.concat(deed, abi.encode(seriesOf[signer], consent.nonce, consent.deadline));
        bytes32 digest = _hashTypedDataV4(keccak256(data));
        if (!_isSigned(signer, digest, consent.signature)) revert ConsentInvalid(signer);
        emit ConsentTaken(signer, msg.sender, consent.nonce);
    }

    function _use(address signer, uint256 nonce) private {
        uint256 bit = 1 << (nonce & 0xff);
        uint256 bits = _used[signer][nonce >> 8];
        if (bits & bit != 0) revert ConsentUsed(signer, nonce);
        _used[signer][nonce >> 8] = bits | bit;
    }

    function _isSigned(address signer, bytes32 digest, bytes calldata signature)
        private
        view
        returns (bool)
    {
        bytes32 code;
        assembly ("memory-safe") {
            extcodecopy(signer, 0, 0, 32)
            code := mload(0)
        }
        // the key of an account with delegated code can replace that code, so it counts as well
        if (bytes3(code) == DELEGATED) {
            (address found, ECDSA.RecoverError fault,) =
                ECDSA.tryRecoverCalldata(digest, signature);
            if (fault == ECDSA.RecoverError.NoError && found == signer) return true;
        }
        return SignatureChecker.isValidSignatureNowCalldata(signer, digest, signature);
    }
}
