// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MultiSignerERC7913} from "@openzeppelin/contracts/utils/cryptography/signers/MultiSignerERC7913.sol";
import {IFxQuotes} from "../interfaces/IFxQuotes.sol";
import {ISignerGroup} from "../interfaces/ISignerGroup.sol";
import {FxSource} from "./FxSource.sol";
import {SignerGroup} from "./SignerGroup.sol";

/// @title Exchange rates signed by m of n
/// @dev A quote's words are hashed as they are, so a word that is too wide is not what was signed.
contract FxQuotes is IFxQuotes, FxSource, SignerGroup {
    bytes32 private constant QUOTE =
        keccak256("Quote(uint16 base,uint16 quote,uint64 rate,uint40 from,uint40 until)");
    uint256 private constant QUOTE_LENGTH = 160;

    /// @inheritdoc IFxQuotes
    uint256 public constant MAX_AGE = 1 days;

    address private immutable _governor;

    /// @notice Deploys a source of quotes. Reverts with GovernorInvalid, SignerInvalid or
    ///         ThresholdTooLow, or if signers repeat or are fewer than the threshold.
    /// @param governor_ Account that changes signers and threshold, for example a timelock.
    /// @param signers The signers.
    /// @param threshold_ How many of them must sign.
    constructor(address governor_, bytes[] memory signers, uint64 threshold_)
        MultiSignerERC7913(signers, threshold_)
        EIP712("zkcredit fx quotes", "1")
    {
        if (governor_ == address(0)) revert GovernorInvalid();
        _governor = governor_;
    }

    /// @inheritdoc ISignerGroup
    function governor() public view override(ISignerGroup, SignerGroup) returns (address) {
        return _governor;
    }

    /// @inheritdoc FxSource
    function _rate(uint16 base, uint16 quote, uint256 deadline, bytes calldata evidence)
        internal
        view
        override
        returns (uint256)
    {
        if (evidence.length < QUOTE_LENGTH) revert QuoteMissing(evidence.length);
        uint256[5] memory words = abi.decode(evidence[:QUOTE_LENGTH], (uint256[5]));
        if (words[0] != base || words[1] != quote) revert WrongPair(words[0], words[1]);
        (uint256 from, uint256 until) = (words[3], words[4]);
        bool begun = from <= block.timestamp && block.timestamp - from <= MAX_AGE;
        if (!begun || until < deadline) revert QuoteNotCurrent(from, until);
        _requireSigned(keccak256(abi.encode(QUOTE, words)), evidence[QUOTE_LENGTH:]);
        return words[2];
    }
}
