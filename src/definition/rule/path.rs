//! Rules. Where the API answers, its paths and its operations. No client.

macro_rules! path {
    ([$next:ident $($rest:ident)*] $($rows:tt)*) => { $next! { [$($rest)*] $($rows)*

    HostMissing: ERROR,
        "The description names no host.",
        "Add host, such as api.example.com, or set spec.serviceUrl on the connector.";
    HostInvalid: ERROR,
        "The host is not a bare host name with an optional port.",
        "Write only the host, such as api.example.com or api.example.com:8443; the path goes into basePath.",
        HostNameNotValid;
    HostPlaceholder: WARNING,
        "The host is a single name or this machine, which the backend cannot reach.",
        "Name the host that serves the API, or set spec.serviceUrl on the connector.";
    BasePathInvalid: ERROR,
        "The base path does not begin with a slash, or holds a query or a fragment.",
        "Write it as /v1.",
        BasePathNotValid;
    BasePathTrailingSlash: WARNING,
        "The base path ended in a slash.",
        "It is registered without; take the slash off.";
    SchemeInsecure: REVIEWED_WARNING,
        "The description offers plain http.",
        "Offer https only: credentials would travel in the clear.";
    PathsEmpty: ERROR,
        "The description has no operation.",
        "Describe at least one operation under paths.";
    PathWithoutSlash: ERROR,
        "A path does not begin with a slash.",
        "Begin it with a slash.",
        OperationPathMustStartWithSlash;
    PathWithQuery: ERROR,
        "A path holds a query or a fragment.",
        "Describe the query as parameters with in: query.",
        OperationPathMayNotContainQueryOrFragment;
    PathBraces: ERROR,
        "The braces of a path template do not pair up.",
        "Write each placeholder as {name}.",
        OperationPathTemplateNotValid;
    PlaceholderRepeated: ERROR,
        "A path uses the same placeholder twice.",
        "Give each placeholder a name of its own.";
    PlaceholderWithoutParameter: ERROR,
        "A placeholder of the path has no parameter.",
        "Add a parameter with this name and in: path.",
        OperationMissingPathParameter;
    PathTrailingSlash: WARNING,
        "A path ends in a slash.",
        "Take the slash off, if the API answers without it.";
    PathUnusual: WARNING,
        "A path holds white space, two slashes in a row or an asterisk.",
        "Check that this is the path the API serves.",
        OperationPathContainsUnsupportedCharacters;
    EquivalentPaths: WARNING,
        "Two paths differ only in placeholder names, case or a last slash.",
        "Use one spelling for both.",
        PathRedefined;
    EquivalentOperations: ERROR,
        "Two operations have the same method on paths that differ only in placeholder names.",
        "Make them one operation, or give them different paths.",
        DuplicateOperationPath;
    OperationIdMissing: ERROR,
        "An operation has no operationId.",
        "Add an operationId; workflows refer to the operation by it.",
        OperationIdRequired;
    OperationIdDuplicate: ERROR,
        "Two operations have the same operationId.",
        "Give each operation its own operationId.",
        OperationIdNotUnique;
    OperationIdCase: WARNING,
        "Two operationIds differ only in case.",
        "Make them differ in more than case: some tools compare without it.";
    OperationIdCharacters: WARNING,
        "An operationId holds other characters than letters, digits, hyphen and underscore.",
        "Use letters and digits, such as GetInvoice.",
        OperationIdSanitized;
    OperationIdStyle: INFO,
        "An operationId does not begin with a capital letter.",
        "By convention it is written as GetInvoice.";
    MethodUnusual: WARNING,
        "An operation uses OPTIONS or HEAD, which workflows cannot use.",
        "Leave the operation out.";
    SchemesEmpty: WARNING,
        "The description says that it offers no scheme at all.",
        "Write schemes: [https].",
        SchemesArrayEmpty;
    SchemeWebSocket: WARNING,
        "The description offers web sockets, which connectors do not use.",
        "Offer https.",
        SchemeNotSupported;
    PlaceholderDefault: WARNING,
        "A placeholder of a path holds an equals sign.",
        "Write the default at the parameter.",
        OperationPathVariablesContainDefaults;
    PathOverlap: REVIEW_WARNING,
        "A placeholder of one path also matches what another path has fixed.",
        "Give the two a difference in fixed segments, if they can be mistaken for one another.",
        PartialDuplicateOperationPath;
    OperationIdTooLong: WARNING,
        "An operationId is longer than any that is in use.",
        "Shorten it to 80 characters; the backend has a limit that it does not publish.",
        OperationIdTooLong;
    OperationIdPlain: REVIEW_WARNING,
        "An operationId holds a hyphen or an underscore.",
        "Write it in one word, such as GetInvoice.",
        OperationIdSanitized;

    } };
}
