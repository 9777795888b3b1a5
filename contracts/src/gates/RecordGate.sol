// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHistoryGate} from "../interfaces/IHistoryGate.sol";
import {IHistoryTree} from "../interfaces/IHistoryTree.sol";
import {Requirements} from "../libraries/Requirements.sol";
import {ApplicationGate} from "./ApplicationGate.sol";

/// @title Common part of the gates whose statement is about a record at a bureau
abstract contract RecordGate is IHistoryGate, ApplicationGate {
    /// @dev Number of the first bytes of `Evidence.extra`, which are the root.
    uint256 internal constant ROOT_LENGTH = 32;
    uint256 private constant TERMS_BITS = 164;
    uint256 private constant DAY_PLACE = 68;
    uint256 private constant DAY_LIMIT = 1 << 16;

    /// @inheritdoc IHistoryGate
    function historyTermsWord(uint256 historyTerms, uint256 policyNow)
        public
        view
        returns (uint256)
    {
        bool hasDay = (historyTerms >> DAY_PLACE) % DAY_LIMIT != 0;
        if (hasDay || historyTerms >> TERMS_BITS != 0) revert HistoryTermsInvalid(historyTerms);
        uint256 today = (policyNow + maxClockAge) / 1 days;
        if (today >= DAY_LIMIT) revert PolicyOutOfRange();
        return historyTerms | today << DAY_PLACE;
    }

    /// @inheritdoc IHistoryGate
    function historyScopeOf(address source) public view returns (uint256) {
        return _scopeOfBureau(
            Requirements.requireAddress(source, abi.encodeCall(IHistoryTree.bureau, ()))
        );
    }

    /// @dev The root is judged with the other inputs.
    function _checkExtra(Application calldata application, bytes calldata extra)
        internal
        pure
        virtual
        override
    {
        bool more = extra.length > ROOT_LENGTH && !_isForeign(application);
        if (more || extra.length < ROOT_LENGTH) revert ExtraInvalid(extra.length);
    }

    /// @dev Returns terms, historyRoot and historyScope. Reverts unless the root is fresh.
    function _historyInputs(Application calldata application, Evidence calldata evidence)
        internal
        view
        returns (uint256 terms, uint256 root, uint256 scope)
    {
        terms = historyTermsWord(application.historyTerms, evidence.policyNow);
        root = uint256(bytes32(evidence.extra));
        address source = application.historySource;
        scope = historyScopeOf(source);
        uint256 fresh =
            Requirements.requireWord(source, abi.encodeCall(IHistoryTree.isFresh, (root)));
        if (fresh != 1) revert HistoryNotFresh(root);
    }
}
